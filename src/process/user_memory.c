/* SPDX-License-Identifier: MIT */
/*
 * user_memory.c: asks the kernel whether a pointer is valid.
 *
 * setsockopt(SO_TYPE) reads four bytes and then refuses the option; getsockopt(SO_MEMINFO)
 * writes up to 36 bytes. Both fail with EFAULT for an invalid address, and both work on the
 * program's own socket. Under a seccomp filter neither is called, because the filter may end
 * the process for an unexpected option (chronyd's does): the pointer is then trusted.
 */
#include "user_memory.h"

#include <errno.h>
#include <string.h>

#include "base/large.h"
#include "seccomp_filter.h"
#include "libc/libc.h"

#ifndef SO_MEMINFO
#define SO_MEMINFO 55 /* linux/include/uapi/asm-generic/socket.h, since 4.12 */
#endif

enum { DISPLACED_PAGES = 4096 };

_Atomic uintptr_t uh_readable_page[UH_KNOWN_PAGES];
static _Atomic uintptr_t writable_page[UH_KNOWN_PAGES];

/*
 * Pages that gave their place in uh_readable_page to others. A server that keeps the addresses
 * of many clients would else ask the kernel about each datagram's address.
 */
UH_LARGE static _Atomic uintptr_t displaced_page[DISPLACED_PAGES];

/* If a seccomp filter refuses the call itself (EPERM, ENOSYS…), the pointer is trusted. */
static bool is_word_readable(int fd, const void *address)
{
	return uh_is_filtered() ||
	       (uh_libc_setsockopt()(fd, SOL_SOCKET, SO_TYPE, address, sizeof(int)) == -1 &&
		errno != EFAULT && errno != EBADF && errno != ENOTSOCK);
}

static bool was_displaced(uintptr_t page)
{
	return atomic_load_explicit(&displaced_page[page % DISPLACED_PAGES],
				    memory_order_relaxed) == page;
}

/* word is the address of a word in the page to test. */
static bool is_page_readable(int fd, uintptr_t word)
{
	uintptr_t page = word >> UH_PAGE_BITS;
	_Atomic uintptr_t *known = &uh_readable_page[page % UH_KNOWN_PAGES];
	uintptr_t there = atomic_load_explicit(known, memory_order_relaxed);

	if (there == page)
		return true;
	if (!(there && was_displaced(page)) && !is_word_readable(fd, (const void *)word))
		return false;
	if (there)
		atomic_store_explicit(&displaced_page[there % DISPLACED_PAGES], there,
				      memory_order_relaxed);
	atomic_store_explicit(known, page, memory_order_relaxed);
	return true;
}

bool uh_is_readable_slow(int fd, const void *address, size_t size)
{
	uintptr_t first = (uintptr_t)address & ~(uintptr_t)3;
	uintptr_t last = ((uintptr_t)address + size - 1) & ~(uintptr_t)3;
	int saved = errno;
	bool good;

	/* Page 0 is never mapped, and an empty entry of uh_readable_page would match it. */
	if (first >> UH_PAGE_BITS == 0 || last < first)
		return false;
	good = is_page_readable(fd, first) &&
	       ((first ^ last) >> UH_PAGE_BITS == 0 || is_page_readable(fd, last));
	errno = saved;
	return good;
}

/* If the kernel doesn't know SO_MEMINFO (gVisor), the pointer is trusted. */
static bool is_writable(int fd, void *address, socklen_t size)
{
	return uh_is_filtered() ||
	       uh_libc_getsockopt()(fd, SOL_SOCKET, SO_MEMINFO, address, &size) == 0 ||
	       (errno != EFAULT && errno != EBADF && errno != ENOTSOCK);
}

/* is_writable for a word. A word that crosses pages is tested each time. */
static bool is_word_writable(int fd, unsigned *word)
{
	uintptr_t page = ((uintptr_t)word + sizeof(*word) - 1) >> UH_PAGE_BITS;
	_Atomic uintptr_t *known = &writable_page[page % UH_KNOWN_PAGES];

	if (page && (uintptr_t)word >> UH_PAGE_BITS == page &&
	    atomic_load_explicit(known, memory_order_relaxed) == page)
		return true;
	if (!is_writable(fd, word, sizeof(*word)))
		return false;
	atomic_store_explicit(known, page, memory_order_relaxed);
	return true;
}

bool uh_write_word(int fd, unsigned *word, unsigned value)
{
	int saved = errno;
	bool good = is_word_writable(fd, word);

	errno = good ? saved : EFAULT;
	if (good)
		memcpy(word, &value, sizeof(value));
	return good;
}

int uh_write_sockaddr(int fd, const struct sockaddr_storage *name, socklen_t size,
		      struct sockaddr *address, socklen_t *length)
{
	int saved = errno;
	socklen_t room, fits;

	if (!is_word_readable(fd, length))
		goto fault;
	memcpy(&room, length, sizeof(room)); /* it need not be aligned */
	fits = room < size ? room : size;
	if ((int)room < 0) {
		errno = EINVAL;
		return -1;
	}
	if (fits && !is_writable(fd, address, fits))
		goto fault;
	if (!is_writable(fd, length, sizeof(*length)))
		goto fault;
	if (fits)
		memcpy(address, name, fits);
	memcpy(length, &size, sizeof(size));
	errno = saved;
	return 0;
fault:
	errno = EFAULT;
	return -1;
}

bool uh_parse_destination(int fd, const struct sockaddr *address, socklen_t length,
			  struct uh_endpoint *asked)
{
	/* 16 bytes: a sockaddr_in, the shortest IP address */
	if (length < 16 || length > sizeof(struct sockaddr_storage) ||
	    !uh_is_readable(fd, address, length))
		return false;
	return uh_endpoint_from_sockaddr(address, length, asked);
}
