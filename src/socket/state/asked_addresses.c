/* SPDX-License-Identifier: MIT */
/* asked_addresses.c: stores and finds the addresses in a table of sockets. */
#include "asked_addresses.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/large.h"
#include "base/seqlock.h"
#include "datagram_socket.h"
#include "identity.h"
#include "process/user_memory.h"

/* The words of a pair of addresses: that of the target and that which was asked for. */
enum pair_word {
	SEQUENCE,
	TARGET,
	TARGET_HIGH,
	ASKED,
	ASKED_HIGH,
	REST, /* scope of the asked address, both ports */
	PAIR_WORDS
};

enum {
	DOMAIN = UH_SLOT_CONTENT, /* of the program's socket */
	NEXT,			  /* the pair that the next new target replaces */
	PAIRS,
	SLOT_WORDS = PAIRS + UH_ASKED_MAX * PAIR_WORDS,
};

/* The bytes of a name before its scope, or all of an IPv4 name. */
enum { BEFORE_SCOPE = 24 };

struct pair {
	struct uh_endpoint target, asked;
};

UH_LARGE static uh_slot first_slots[UH_FIRST_SLOTS * SLOT_WORDS];
UH_LARGE static _Atomic uint64_t latest[UH_LISTED_NUMBERS][2];

atomic_bool uh_any_asked;
static struct uh_socket_table table = {
    .words = SLOT_WORDS,
    .table = {first_slots},
    .latest = latest,
};

static uh_slot *pair_at(uh_slot *slot, unsigned i)
{
	return slot + PAIRS + (size_t)i * PAIR_WORDS;
}

/*
 * Copies the words of the i-th pair. False if there is none. Another thread may be writing the
 * pair, which takes some nanoseconds; a thread that is preempted meanwhile, or that a signal
 * handler has interrupted, is not waited for.
 */
static bool read_words(uh_slot *slot, unsigned i, uint64_t word[PAIR_WORDS])
{
	enum { TRIES = 1000 };
	uh_slot *at = pair_at(slot, i);

	for (int tries = 0; tries < TRIES && uh_slot_get(at, SEQUENCE); tries++)
		if (uh_seqlock_read(&at[SEQUENCE], &at[TARGET], &word[TARGET],
				    PAIR_WORDS - TARGET))
			return true;
	return false;
}

static bool read_pair(uh_slot *slot, unsigned i, struct pair *pair)
{
	uint64_t word[PAIR_WORDS];

	if (!read_words(slot, i, word))
		return false;
	memcpy(&pair->target.address, &word[TARGET], sizeof(pair->target.address));
	memcpy(&pair->asked.address, &word[ASKED], sizeof(pair->asked.address));
	pair->target.scope_id = 0;
	pair->target.port = (uint16_t)word[REST];
	pair->asked.port = (uint16_t)(word[REST] >> 16);
	pair->asked.scope_id = (uint32_t)(word[REST] >> 32);
	return true;
}

static void write_pair(uh_slot *slot, unsigned i, const struct pair *pair)
{
	uint64_t word[PAIR_WORDS];
	uh_slot *at = pair_at(slot, i);

	memcpy(&word[TARGET], &pair->target.address, sizeof(pair->target.address));
	memcpy(&word[ASKED], &pair->asked.address, sizeof(pair->asked.address));
	word[REST] = (uint64_t)pair->asked.scope_id << 32 | (uint64_t)pair->asked.port << 16 |
		     pair->target.port;
	uh_seqlock_write(&at[SEQUENCE], &at[TARGET], &word[TARGET], PAIR_WORDS - TARGET);
}

static bool same(const struct uh_endpoint *a, const struct uh_endpoint *b)
{
	return a->port == b->port && memcmp(&a->address, &b->address, sizeof(a->address)) == 0;
}

/* Claims a slot without pairs. */
static uh_slot *new_slot(int fd, uint64_t identity, sa_family_t domain)
{
	uh_slot *slot = uh_slot_claim(&table, fd, identity);

	if (!slot)
		return NULL;
	for (unsigned i = 0; i < UH_ASKED_MAX; i++)
		uh_slot_set(pair_at(slot, i), SEQUENCE, 0);
	uh_slot_set(slot, NEXT, 0);
	uh_slot_set(slot, DOMAIN, domain);
	uh_slot_publish(slot, identity);
	if (!atomic_load_explicit(&uh_any_asked, memory_order_relaxed))
		atomic_store_explicit(&uh_any_asked, true, memory_order_release);
	return slot;
}

/* Writes a pair in place of the one with the same target. False if there is none. */
static bool replace_pair(uh_slot *slot, const struct pair *new)
{
	struct pair old;

	for (unsigned i = 0; i < UH_ASKED_MAX; i++) {
		if (!read_pair(slot, i, &old) || !same(&old.target, &new->target))
			continue;
		if (!same(&old.asked, &new->asked) || old.asked.scope_id != new->asked.scope_id)
			write_pair(slot, i, new);
		return true;
	}
	return false;
}

/* The same in any slot of the socket from `slot` on. */
static bool replace_in_any(uh_slot *slot, uint64_t identity, const struct pair *new)
{
	while (slot && !replace_pair(slot, new))
		slot = uh_slot_find_next(&table, identity, slot);
	return slot;
}

/* Returns the index of a pair whose target an earlier pair has, or UH_ASKED_MAX. */
static unsigned find_double(uh_slot *slot)
{
	struct pair first, second;

	for (unsigned i = 1; i < UH_ASKED_MAX; i++)
		for (unsigned j = 0; j < i; j++)
			if (read_pair(slot, i, &second) && read_pair(slot, j, &first) &&
			    same(&first.target, &second.target))
				return i;
	return UH_ASKED_MAX;
}

/*
 * Writes a new pair. Two threads that add the same target at the same time may add it twice:
 * one of the two makes room before a pair that is needed.
 */
static void append_pair(uh_slot *slot, const struct pair *new)
{
	unsigned at = UH_ASKED_MAX;

	if (uh_slot_get(slot, NEXT) >= UH_ASKED_MAX)
		at = find_double(slot);
	if (at == UH_ASKED_MAX)
		at = (unsigned)atomic_fetch_add(&slot[NEXT], 1) % UH_ASKED_MAX;
	write_pair(slot, at, new);
}

/*
 * Two threads that add the first pairs of a socket at the same time may each make a slot, so
 * all slots of a socket are searched.
 */
void uh_asked_add(int fd, uint64_t identity, sa_family_t domain,
		  const struct uh_endpoint *target, const struct uh_endpoint *asked)
{
	const struct uh_address unbound = {{0}};
	const struct pair pair = {
	    .target = *target,
	    .asked = {uh_address_meant(&asked->address, &unbound), asked->scope_id,
		      asked->port},
	};
	uh_slot *slot = uh_slot_find(&table, identity);

	if (!replace_in_any(slot, identity, &pair)) {
		slot = slot ? slot : new_slot(fd, identity, domain);
		if (!slot)
			return;
		append_pair(slot, &pair);
	}
	uh_fd_add_hint(fd, UH_HINT_ASKED);
}

void uh_asked_directly(uint64_t identity, const struct uh_endpoint *endpoint)
{
	const struct pair pair = {.target = *endpoint, .asked = *endpoint};

	replace_in_any(uh_slot_find(&table, identity), identity, &pair);
}

sa_family_t uh_asked_domain(uint64_t identity)
{
	uh_slot *slot = uh_slot_find(&table, identity);
	sa_family_t domain = slot ? (sa_family_t)uh_slot_get(slot, DOMAIN) : 0;

	return slot && uh_slot_get(slot, UH_IDENTITY) == identity ? domain : 0;
}

bool uh_asked_find(int fd, struct uh_asked *asked)
{
	if (!uh_may_have_asked(fd))
		return false;
	asked->fd = fd;
	asked->identity = uh_socket_identity(fd);
	asked->slot = uh_slot_find(&table, asked->identity);
	if (!asked->slot && uh_fd_has_hint(fd, UH_HINT_ASKED)) {
		/* The number has another socket, which nothing has told us. */
		uh_fd_remove_hint(fd, UH_HINT_ASKED);
		uh_datagram_socket_forget(fd);
		/* Another thread may have sent its first datagram meanwhile. */
		asked->slot = uh_slot_find(&table, asked->identity);
		if (asked->slot)
			uh_fd_add_hint(fd, UH_HINT_ASKED);
	}
	return asked->slot;
}

/*
 * True if the target has this name, of which the kernel has copied so many bytes. The scope,
 * which is last in a name, is not compared.
 */
static bool has_name(const struct uh_endpoint *target, const void *name, socklen_t copied,
		     socklen_t length)
{
	sa_family_t family = length == sizeof(struct sockaddr_in) ? AF_INET : AF_INET6;
	struct sockaddr_storage expected;
	struct uh_endpoint sender;

	static_assert(offsetof(struct sockaddr_in6, sin6_scope_id) == BEFORE_SCOPE,
		      "the scope follows the address");
	if (copied == length)
		return uh_endpoint_from_sockaddr(name, length, &sender) &&
		       same(&sender, target);
	return uh_endpoint_to_sockaddr(target, family, &expected) == length &&
	       memcmp(&expected, name, copied < BEFORE_SCOPE ? copied : BEFORE_SCOPE) == 0;
}

/* Finds the pair with a target of this name in one slot. */
static bool find_pair(uh_slot *slot, const void *name, socklen_t copied, socklen_t length,
		      struct pair *pair)
{
	for (unsigned i = 0; i < UH_ASKED_MAX; i++)
		if (read_pair(slot, i, pair) && has_name(&pair->target, name, copied, length))
			return true;
	return false;
}

/*
 * A name is longer than the one that the kernel wrote only if the program's IPv6 socket was
 * replaced by an IPv4 one: the further bytes may not be writable then, and the name stays.
 */
static void write_longer_name(int fd, const struct sockaddr_storage *new, socklen_t size,
			      void *name, socklen_t room, socklen_t *length)
{
	socklen_t full = uh_load_length(length);
	int saved = errno;

	memcpy(length, &room, sizeof(room));
	if (uh_write_sockaddr(fd, new, size, name, length) != 0)
		memcpy(length, &full, sizeof(full));
	errno = saved;
}

static void write_name(int fd, sa_family_t domain, const struct uh_endpoint *endpoint,
		       void *name, socklen_t room, socklen_t *length)
{
	struct sockaddr_storage new;
	socklen_t size = uh_endpoint_to_sockaddr(endpoint, domain, &new);
	socklen_t fits = room < size ? room : size;

	if (fits > uh_load_length(length)) {
		write_longer_name(fd, &new, size, name, room, length);
	} else if (size) {
		memcpy(name, &new, fits);
		memcpy(length, &size, sizeof(size));
	}
}

void uh_asked_restore(const struct uh_asked *asked, void *name, socklen_t room,
		      socklen_t *length)
{
	socklen_t full = uh_load_length(length), copied = room < full ? room : full;
	uh_slot *slot = asked->slot;
	sa_family_t domain;
	struct pair pair;

	if (full != sizeof(struct sockaddr_in) && full != sizeof(struct sockaddr_in6))
		return;
	while (slot && !find_pair(slot, name, copied, full, &pair))
		slot = uh_slot_find_next(&table, asked->identity, slot);
	if (!slot)
		return;
	domain = (sa_family_t)uh_slot_get(slot, DOMAIN);
	if (uh_slot_get(slot, UH_IDENTITY) == asked->identity) /* still: it is not closed */
		write_name(asked->fd, domain, &pair.asked, name, room, length);
}

void uh_asked_copied(int fd)
{
	uh_slot_copied(&table, uh_socket_identity(fd));
}

void uh_asked_set_shared(void)
{
	uh_slots_disown(&table);
}
