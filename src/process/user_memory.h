/* SPDX-License-Identifier: MIT */
/* user_memory.h: touches the program's buffers without the risk of a fault: bad pointers give
 * EFAULT. */
#ifndef UH_USER_MEMORY_H
#define UH_USER_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/address.h"

enum { UH_PAGE_BITS = 12, UH_KNOWN_PAGES = 64 };

/* Pages found readable, by page number. Stale only if the program unmaps one and then passes
 * it. */
extern _Atomic uintptr_t uh_known_page[UH_KNOWN_PAGES];

/* The slow part of uh_readable: asks the kernel. */
bool uh_ask_readable(int fd, const void *address, size_t size);

/*
 * True when size bytes (1 to 128) at address can be read. fd must be a socket for the test to
 * be made: on anything else the answer is false, and libc's own call then says what is wrong. A
 * page that was once found readable is not asked about again. errno is kept. Async-signal-safe.
 */
static inline bool uh_readable(int fd, const void *address, size_t size)
{
	uintptr_t page = (uintptr_t)address >> UH_PAGE_BITS;
	uintptr_t known =
	    atomic_load_explicit(&uh_known_page[page % UH_KNOWN_PAGES], memory_order_relaxed);

	if (known == page && page && ((uintptr_t)address + size - 1) >> UH_PAGE_BITS == page)
		return true;
	return uh_ask_readable(fd, address, size);
}

/*
 * Writes a word, which need not be aligned, as the kernel's put_user() does. False, with
 * errno EFAULT, where it can't be written. fd is any socket. Async-signal-safe.
 */
bool uh_write_word(int fd, unsigned *word, unsigned value);

/*
 * Copies a name of size bytes out as the kernel's move_addr_to_user() does (net/socket.c): what
 * fits into *length bytes, then the full size to *length. Returns 0, or -1 with errno EFAULT or
 * EINVAL (a negative length). fd is any socket. Async-signal-safe.
 */
int uh_copy_name(int fd, const struct sockaddr_storage *name, socklen_t size,
		 struct sockaddr *address, socklen_t *length);

/*
 * Reads the address that a program passes, of length bytes on the socket fd, into *asked.
 * Returns false if it is no IP address that the kernel would accept (move_addr_to_kernel() in
 * linux/net/socket.c), or can't be read. Async-signal-safe.
 */
bool uh_parse_destination(int fd, const struct sockaddr *address, socklen_t length,
			  struct uh_endpoint *asked);

#endif
