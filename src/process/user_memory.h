/* SPDX-License-Identifier: MIT */
/*
 * user_memory.h: accesses the program's buffers so that an invalid pointer gives EFAULT and not
 * a fault.
 */
#ifndef UH_USER_MEMORY_H
#define UH_USER_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "base/address.h"

enum { UH_PAGE_BITS = 12, UH_KNOWN_PAGES = 64 };

/*
 * Pages found readable, by page number; the slow path knows more. An entry is stale only after
 * the program has unmapped the page.
 */
extern _Atomic uintptr_t uh_readable_page[UH_KNOWN_PAGES];

/* The slow path of uh_is_readable: asks the kernel, unless it has been asked about the page. */
bool uh_is_readable_slow(int fd, const void *address, size_t size);

/*
 * True if size bytes (1 to 128) at address can be read. fd must be a socket, as the kernel is
 * asked through it: for any other descriptor the result is false, and libc's own call then
 * reports the error. A page that was found readable once is not tested again. errno is kept.
 * Async-signal-safe.
 */
static inline bool uh_is_readable(int fd, const void *address, size_t size)
{
	uintptr_t page = (uintptr_t)address >> UH_PAGE_BITS;
	uintptr_t known = atomic_load_explicit(&uh_readable_page[page % UH_KNOWN_PAGES],
					       memory_order_relaxed);

	if (known == page && page && ((uintptr_t)address + size - 1) >> UH_PAGE_BITS == page)
		return true;
	return uh_is_readable_slow(fd, address, size);
}

/*
 * Writes value to *word, which need not be aligned, as the kernel's put_user() does. Returns
 * false with errno EFAULT if word is not writable. A page that was found writable once is not
 * tested again. fd is any socket. Async-signal-safe.
 */
bool uh_write_word(int fd, unsigned *word, unsigned value);

/*
 * Copies a socket address of size bytes to the program, as the kernel's move_addr_to_user()
 * does (net/socket.c): as many bytes as fit into *length, then the full size to *length.
 * Returns 0, or -1 with errno EFAULT, or EINVAL for a negative *length. fd is any socket.
 * Async-signal-safe.
 */
int uh_write_sockaddr(int fd, const struct sockaddr_storage *name, socklen_t size,
		      struct sockaddr *address, socklen_t *length);

/*
 * Parses the address of length bytes that the program passes for its socket fd into *asked.
 * Returns false if the address is not readable, or is not an IP address that the kernel would
 * accept (move_addr_to_kernel() in linux/net/socket.c). Async-signal-safe.
 */
bool uh_parse_destination(int fd, const struct sockaddr *address, socklen_t length,
			  struct uh_endpoint *asked);

/*
 * The family in a program's address that is readable; it need not be aligned.
 * Async-signal-safe.
 */
static inline sa_family_t uh_family_of(const struct sockaddr *address)
{
	sa_family_t family;

	memcpy(&family, (const char *)address + offsetof(struct sockaddr, sa_family),
	       sizeof(family));
	return family;
}

/* Reads a length that the kernel has accessed before, so it is valid; it need not be aligned.
 */
static inline socklen_t uh_load_length(const socklen_t *place)
{
	socklen_t length;

	memcpy(&length, place, sizeof(length));
	return length;
}

#endif
