/* SPDX-License-Identifier: MIT */
/* half_closed.h: what is left of shutdown(2) when a socket has taken another's place. */
#ifndef UH_HALF_CLOSED_H
#define UH_HALF_CLOSED_H

#include "socket_info.h"
#include "records.h"

/*
 * Shuts `to`, whose record is put, as the program has shut its socket before connect(2). errno
 * is not kept. Async-signal-safe.
 */
void uh_copy_shutdown(const struct uh_socket *socket, int to);

/* True if SHUT_RD was called on the stand-in of that record. Then its SO_RCVTIMEO is ours, and
 * the program's is remembered. Async-signal-safe. */
bool uh_record_reading_ended(uint64_t identity);

/* Remembers SO_RCVTIMEO as fd has it, in both of its layouts. Async-signal-safe. */
void uh_record_receive_limit(uint64_t identity, int fd);

#endif
