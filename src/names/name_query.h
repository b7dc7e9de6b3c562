/* SPDX-License-Identifier: MIT */
/* name_query.h: answers a look-up of a routed name with numbers; libc is then asked for a
 * number in place of the name. */
#ifndef UH_NAME_QUERY_H
#define UH_NAME_QUERY_H

#include "table/name_answer.h"
#include "name_cache.h"

/* A look-up: the caller sets the question, uh_names_query the rest. */
struct uh_name_query {
	/* The question, as in getaddrinfo(3). */
	char name[UH_NAME_MAX + 1]; /* canonical (hostname.h) */
	int family;		    /* AF_INET, AF_INET6 or AF_UNSPEC */
	int flags;		    /* AI_V4MAPPED, AI_ALL and AI_ADDRCONFIG count */
	unsigned protocols;	    /* of the program's socket: a set of enum uh_protocol */
	bool maybe_tcp;		    /* the program said SOCK_DGRAM, but no protocol */

	/* The answer. */
	struct uh_address address[UH_FAMILIES]; /* with AF_UNSPEC there may be two */
	unsigned addresses;
	bool is_stand_in; /* the addresses stand for the name */

	/* For the functions below. */
	bool may_need_real; /* some port of the name may go to its real addresses */
	bool is_resolved;   /* libc has been asked for those */
	bool is_cached;	    /* the cache has the entry as it is */
	struct uh_cached_name entry;
};

/*
 * Answers the question from the routes, with stand-ins from the cache if it has the name.
 * Returns false if libc must answer, because no route is for the name.
 * errno is kept. Async-signal-safe.
 */
bool uh_names_query(const struct uh_table *table, const struct uh_self *self,
		    struct uh_name_query *query);

/*
 * Writes the i-th address as a number that inet_aton(3) or getaddrinfo(3) reads. The number has
 * at least length bytes (up to UH_NAME_MAX + 2): libc keeps it as the canonical name, which the
 * caller overwrites with a name of that length. text holds UH_NUMBER bytes. Returns text. Not
 * async-signal-safe.
 */
#define UH_NUMBER (UH_NAME_MAX + 3 + UH_ADDRESS_TEXT)
char *uh_names_number(const struct uh_name_query *query, unsigned i, size_t length, char *text);

/*
 * If the answer has stand-ins of both families, removes the one of a family in which the name
 * has no real address: the program then gets the families that it would get without us, and can
 * bind(2) to either. Asks libc's getaddrinfo(3) for the real addresses if they can be needed;
 * if there are none at all, the answer stays. errno is kept. Not async-signal-safe.
 */
void uh_names_match_families(struct uh_name_query *query);

/*
 * Stores the name in the cache for connect(2), after libc has answered. Asks libc for the real
 * addresses first, if they can be needed and that has not been done. errno is kept. Not
 * async-signal-safe.
 */
void uh_names_commit(struct uh_name_query *query);

/*
 * Finds the real addresses of the name that has this stand-in: in the cache, or else by a
 * look-up, whose result is stored. The look-up is not async-signal-safe. A stand-in that
 * another process was given is found if its route has an exact name. Returns false for an
 * unknown stand-in. errno is kept.
 */
bool uh_names_find_real(const struct uh_table *table, const struct uh_address *stand_in,
			struct uh_cached_name *found);

/*
 * Writes the first real address in the cache of a stand-in's name, of the stand-in's own kind
 * (IPv4 or IPv6) and with its port, as a sockaddr of the family. Returns its length, or 0 if
 * there is none. Async-signal-safe.
 */
socklen_t uh_names_cached_real(const struct uh_endpoint *stand_in, sa_family_t family,
			       struct sockaddr_storage *real);

#endif
