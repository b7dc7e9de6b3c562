/* SPDX-License-Identifier: MIT */
/* replace.h: puts another socket under the descriptor that the program holds. */
#ifndef UH_REPLACE_H
#define UH_REPLACE_H

#include "describe.h"
#include "records.h"

/*
 * Puts the socket fresh under old->fd and under every copy of it in this process, with the flags,
 * the SOL_SOCKET options and the epoll registrations that the program gave the old one. fresh is
 * above 2, close-on-exec and non-blocking. On success returns true and fresh is closed; on failure
 * false, and old->fd has not changed. errno is not kept. Async-signal-safe.
 */
bool uh_replace(const struct uh_socket *old, int fresh);

/*
 * The same for a connected socket of the family (AF_UNIX, AF_INET, AF_INET6) that stands in for the program's: keeps *record for it, with the
 * options at IPPROTO_TCP, IPPROTO_IP and IPPROTO_IPV6 that were set. record->identity is filled in.
 */
bool uh_replace_recorded(const struct uh_socket *old, int fresh, sa_family_t family,
			 struct uh_record *record);

/* A new close-on-exec, non-blocking socket above 2, or -1 with errno. Async-signal-safe. */
int uh_new_socket(int domain, int type, int protocol);

#endif
