/* SPDX-License-Identifier: MIT */
/* datagram_socket.c: notes by descriptor number. */
#include "datagram_socket.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdatomic.h>

#include "base/address.h"
#include "base/large.h"
#include "fd_hints.h"
#include "identity.h"
#include "libc/libc.h"
#include "process/fork_counter.h"
#include "socket_info.h"
#include "socket_table.h"

#ifndef IPV6_TRANSPARENT
#define IPV6_TRANSPARENT 75
#endif

enum { NOTES = 1024 };

/* The bits of a kind below its age. 0 stands for an unknown kind. */
enum {
	KNOWN = 1,
	OTHER = 2,
	V6 = 4,
	SENDS_KNOWN = 8, /* SENDS_V4 is known */
	SENDS_V4 = 16,
	LEFT_ALONE = 32, /* SO_BROADCAST or IP_TRANSPARENT is set */
	BITS = 63,
	FORKS = 6, /* the lowest bit of the age */
};

/* Descriptors that are NOTES apart share a note: `kind` has the descriptor in its upper half.
 */
UH_LARGE static struct {
	_Atomic uint64_t kind;
	_Atomic uint64_t identity; /* 0: not asked for yet; else with whose_identity() */
} notes[NOTES];

/*
 * An identity is noted together with its descriptor, because threads that use two descriptors
 * with one note may each write half of the note. A larger identity, which takes years to reach,
 * is asked for each time.
 */
enum { IDENTITY_BITS = 43 };
static_assert((INT_MAX / NOTES) >> (64 - IDENTITY_BITS) == 0, "room for all descriptors");

/* The bits above the identity. */
static uint64_t whose_identity(int fd)
{
	return (uint64_t)((unsigned)fd / NOTES) << IDENTITY_BITS;
}

static _Atomic uint64_t *kind_of(int fd)
{
	return &notes[(unsigned)fd % NOTES].kind;
}

static atomic_uint copies_set; /* how often an option of a copied socket was set */

/*
 * The kind without its bits. After a fork, or when an option was set by another descriptor of a
 * socket, every kind is unknown.
 */
static uint64_t stamp_of(int fd)
{
	unsigned age =
	    uh_forks_begun() + atomic_load_explicit(&copies_set, memory_order_relaxed);

	return (uint64_t)(unsigned)fd << 32 | (uint32_t)(age << FORKS);
}

static void put(int fd, uint64_t bits)
{
	atomic_store_explicit(&notes[(unsigned)fd % NOTES].identity, 0, memory_order_relaxed);
	atomic_store_explicit(kind_of(fd), stamp_of(fd) | KNOWN | bits, memory_order_release);
}

void uh_datagram_socket_created(int fd, int domain)
{
	put(fd, domain == AF_INET6 ? V6 : 0);
}

/* Every connection begins here, so the number of forks is left out. */
void uh_other_socket_created(int fd)
{
	atomic_store_explicit(kind_of(fd), (uint64_t)(unsigned)fd << 32 | OTHER,
			      memory_order_relaxed);
}

void uh_datagram_socket_forget(int fd)
{
	if (atomic_load_explicit(kind_of(fd), memory_order_relaxed))
		atomic_store_explicit(kind_of(fd), 0, memory_order_release);
}

void uh_datagram_socket_bound(int fd)
{
	if (atomic_load_explicit(kind_of(fd), memory_order_relaxed) & SENDS_KNOWN)
		atomic_fetch_and(kind_of(fd), ~(uint64_t)SENDS_KNOWN);
}

void uh_datagram_socket_set(int fd, int level, int name)
{
	if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY)
		uh_datagram_socket_bound(fd);
	else if ((level == SOL_SOCKET && name == SO_BROADCAST) ||
		 (level == IPPROTO_IP && name == IP_TRANSPARENT) ||
		 (level == IPPROTO_IPV6 && name == IPV6_TRANSPARENT))
		uh_datagram_socket_forget(fd);
	else
		return;
	if (uh_fd_has_hint(fd, UH_HINT_COPIED))
		atomic_fetch_add_explicit(&copies_set, 1, memory_order_relaxed);
}

bool uh_is_other_socket(int fd)
{
	uint64_t kind = atomic_load_explicit(kind_of(fd), memory_order_relaxed);

	return kind & OTHER && kind >> 32 == (unsigned)fd;
}

bool uh_is_noted_datagram_socket(int fd)
{
	uint64_t kind = atomic_load_explicit(kind_of(fd), memory_order_relaxed);

	return kind & KNOWN && kind >> 32 == (unsigned)fd;
}

/*
 * Returns the kind, or 0 if it is unknown. A task with its own descriptor table uses the same
 * numbers for other sockets, so nothing is known then.
 */
static uint64_t known_kind(int fd)
{
	uint64_t kind = atomic_load_explicit(kind_of(fd), memory_order_acquire);

	return kind & KNOWN && (kind & ~(uint64_t)BITS) == stamp_of(fd) &&
		       !uh_slots_are_known_shared()
		   ? kind
		   : 0;
}

/* Asks the kernel, and notes its answer. IP_TRANSPARENT is one flag for both families. */
static uint64_t ask_kind(int fd)
{
	uint64_t bits;

	if (uh_get_int_option(fd, SOL_SOCKET, SO_TYPE, 0) != SOCK_DGRAM ||
	    uh_get_int_option(fd, SOL_SOCKET, SO_PROTOCOL, 0) != IPPROTO_UDP)
		return 0;
	bits = uh_get_int_option(fd, SOL_SOCKET, SO_DOMAIN, 0) == AF_INET6 ? V6 : 0;
	if (uh_get_int_option(fd, SOL_SOCKET, SO_BROADCAST, 1) ||
	    uh_get_int_option(fd, IPPROTO_IP, IP_TRANSPARENT, 0))
		bits |= LEFT_ALONE;
	put(fd, bits);
	return KNOWN | bits;
}

static uint64_t read_identity(int fd)
{
	_Atomic uint64_t *noted = &notes[(unsigned)fd % NOTES].identity;
	uint64_t identity =
	    atomic_load_explicit(noted, memory_order_relaxed) ^ whose_identity(fd);

	if (identity && identity >> IDENTITY_BITS == 0 && !uh_slots_are_known_shared())
		return identity;
	identity = uh_socket_identity(fd);
	if (identity >> IDENTITY_BITS == 0)
		atomic_store_explicit(noted, identity | whose_identity(fd),
				      memory_order_relaxed);
	return identity;
}

bool uh_datagram_socket_read(int fd, struct uh_datagram_socket *socket)
{
	uint64_t kind = known_kind(fd);
	int saved = errno;

	if (!kind)
		kind = ask_kind(fd);
	errno = saved;
	if (!kind || kind & LEFT_ALONE)
		return false;
	socket->domain = kind & V6 ? AF_INET6 : AF_INET;
	socket->identity = read_identity(fd);
	return true;
}

/* An unbound socket has the local address ::, and one that is bound to IPv4 a mapped one. */
static bool ask_sends_v4(int fd)
{
	struct sockaddr_in6 name;
	socklen_t length = sizeof(name);
	struct uh_endpoint local;

	return !uh_get_int_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) &&
	       uh_libc_getsockname()(fd, (struct sockaddr *)&name, &length) == 0 &&
	       uh_endpoint_from_sockaddr((struct sockaddr *)&name, length, &local) &&
	       (uh_address_is_unspecified(&local.address) || uh_address_is_v4(&local.address));
}

bool uh_datagram_socket_sends_v4(int fd)
{
	uint64_t kind = known_kind(fd);
	int saved = errno;
	bool sends;

	if (kind & SENDS_KNOWN)
		return kind & SENDS_V4;
	sends = ask_sends_v4(fd);
	errno = saved;
	if (kind)
		atomic_compare_exchange_strong(kind_of(fd), &kind,
					       (kind & ~(uint64_t)SENDS_V4) | SENDS_KNOWN |
						   (sends ? SENDS_V4 : 0));
	return sends;
}
