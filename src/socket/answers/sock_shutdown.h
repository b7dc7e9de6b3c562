/* SPDX-License-Identifier: MIT */
/* sock_shutdown.h: shutdown(2) on a routed socket. */
#ifndef UH_SOCK_SHUTDOWN_H
#define UH_SOCK_SHUTDOWN_H

/*
 * shutdown(2) that works on a replaced socket as on TCP: SHUT_RD doesn't reach the other end. A
 * call before connect(2) is remembered and takes effect on the replacement. Returns and sets
 * errno as shutdown(2); errno is kept on success. Async-signal-safe.
 */
int uh_shutdown(int fd, int how);

#endif
