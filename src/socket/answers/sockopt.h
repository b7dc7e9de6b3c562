/* SPDX-License-Identifier: MIT */
/* sockopt.h: the options of a routed socket. */
#ifndef UH_SOCKOPT_H
#define UH_SOCKOPT_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * getsockopt(2) and setsockopt(2). On a routed socket they give and take what the program's own
 * socket would, connected to the destination that the program asked for. Return and set errno
 * as the calls do; errno is kept on success. Async-signal-safe.
 */
int uh_getsockopt(int fd, int level, int name, void *value, socklen_t *length);
int uh_setsockopt(int fd, int level, int name, const void *value, socklen_t length);

/*
 * True if the program has set SO_ZEROCOPY before connect(2) and the replacement socket doesn't
 * support MSG_ZEROCOPY. Makes a system call only if this process has records. errno is kept.
 * Async-signal-safe.
 */
bool uh_zerocopy_is_unsupported(int fd);

#endif
