/* SPDX-License-Identifier: MIT */
/* scratch_option.h: socket options of a replaced socket, as its program's own kind has them. */
#ifndef UH_SCRATCH_OPTION_H
#define UH_SCRATCH_OPTION_H

#include <sys/socket.h>

#include "socket/state/records.h"

/*
 * getsockopt(2) for the replaced socket fd, answered by a scratch socket of the program's kind
 * that has the remembered value; TCP_INFO has the state of the connection. Returns and sets
 * errno as getsockopt(2), or ENOBUFS if there is no descriptor. errno is not kept.
 * Async-signal-safe.
 */
int uh_scratch_getsockopt(int fd, const struct uh_record *record, int level, int name,
			  void *value, socklen_t *length);

/*
 * setsockopt(2) for the replaced socket fd: a scratch socket checks and may adjust the value,
 * and the record remembers it. Without a descriptor an int is remembered unchecked. Returns and
 * sets errno as setsockopt(2), or ENOBUFS. errno is not kept. Async-signal-safe.
 */
int uh_scratch_setsockopt(int fd, const struct uh_record *record, int level, int name,
			  const void *value, socklen_t length);

#endif
