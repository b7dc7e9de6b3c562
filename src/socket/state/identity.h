/* SPDX-License-Identifier: MIT */
/* identity.h: tells sockets apart, whatever their descriptors. */
#ifndef UH_IDENTITY_H
#define UH_IDENTITY_H

#include <stdint.h>

/*
 * Returns the identity of the socket behind fd: SO_COOKIE + 1, which no other socket ever has,
 * or st_ino + 1 if the kernel has no SO_COOKIE. 0 if fd is no socket. Never 1 (UH_SLOT_BUSY).
 * errno is kept. Async-signal-safe.
 */
uint64_t uh_socket_identity(int fd);

#endif
