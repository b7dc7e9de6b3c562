/* SPDX-License-Identifier: MIT */
/* user_memory.h: touches the program's buffers without the risk of a fault: bad pointers give EFAULT. */
#ifndef UH_USER_MEMORY_H
#define UH_USER_MEMORY_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * True when size bytes (1 to 128) at address can be read. fd must be a socket for the test to be
 * made: on anything else the answer is false, and libc's own call then says what is wrong. A page
 * that was once found readable is not asked about again. errno is kept. Async-signal-safe.
 */
bool uh_readable(int fd, const void *address, size_t size);

/*
 * Copies a name of size bytes out as the kernel's move_addr_to_user() does (net/socket.c): what
 * fits into *length bytes, then the full size to *length. Returns 0, or -1 with errno EFAULT or
 * EINVAL (a negative length). fd is any socket. Async-signal-safe.
 */
int uh_copy_name(int fd, const struct sockaddr_storage *name, socklen_t size,
		 struct sockaddr *address, socklen_t *length);

#endif
