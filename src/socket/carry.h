/* SPDX-License-Identifier: MIT */
/* carry.h: carries what the program set on one socket over to another. */
#ifndef UH_CARRY_H
#define UH_CARRY_H

#include "records.h"

/*
 * Copies the SOL_SOCKET options that were noted for from, from one socket to the other, as
 * the kernel has them now, and remembers SO_REUSEPORT in the record of identity. errno is not
 * kept. Async-signal-safe.
 */
void uh_carry_socket_options(int from, int to, uint64_t identity);

/* Copies O_ASYNC's owner and signal, if any. errno is not kept. Async-signal-safe. */
void uh_carry_owner(int from, int to, int flags);

/*
 * Carries the options at IPPROTO_TCP, IPPROTO_IP and IPPROTO_IPV6 that were noted for
 * from, with the values that from has, and remembers them in the record of identity, too.
 * errno is not kept. Async-signal-safe.
 */
void uh_carry_protocol_options(int from, int to, uint64_t identity);

/* Forgets what was noted of those options: they have been carried. */
void uh_carried(int number);

/* Sets all remembered options on a socket. errno is not kept. Async-signal-safe. */
void uh_carry_remembered(uint64_t identity, int to);

#endif
