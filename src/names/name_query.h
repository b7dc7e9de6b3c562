/* SPDX-License-Identifier: MIT */
/* name_query.h: looks a routed name up in libc's place, by handing libc a number. */
#ifndef UH_NAME_QUERY_H
#define UH_NAME_QUERY_H

#include "table/name_answer.h"
#include "name_cache.h"

/* What a program asks. */
struct uh_wish {
	const char *node;   /* as given; not NULL */
	int family;	    /* AF_INET, AF_INET6 or AF_UNSPEC */
	bool mapped;	    /* AI_V4MAPPED: an IPv6 question takes an IPv4 answer */
	bool all;	    /* AI_ALL: it takes that beside an IPv6 answer */
	int flags;	    /* AI_ADDRCONFIG, for a look-up of the real addresses */
	unsigned protocols; /* a set of enum uh_protocol */
	bool maybe_tcp;	    /* it was said to be for datagrams, but not for which protocol */
};

/* The answer to it. */
struct uh_name_query {
	struct uh_known_name known; /* the name, and its stand-ins */
	bool is_stand_in, may_need_real;
	bool is_asked; /* known has the real addresses, if they can be needed */
	struct uh_address address[UH_FAMILIES]; /* the answer; with AF_UNSPEC maybe a second */
	unsigned addresses;
};

/*
 * Decides by the routes what the wish is answered with. Returns false where libc is to answer:
 * no name, or no route for it. Async-signal-safe.
 */
bool uh_name_query_begin(const struct uh_table *table, const struct uh_self *self,
			 const struct uh_wish *wish, struct uh_name_query *look_up);

/*
 * Writes the i-th address as a number that inet_aton(3) or getaddrinfo(3) reads, at least
 * length bytes long (up to UH_NAME_MAX + 2), so that libc, which keeps the text, leaves room
 * for the name. text holds UH_LITERAL bytes. Returns text. Not async-signal-safe.
 */
#define UH_LITERAL (UH_NAME_MAX + 3 + UH_ADDRESS_TEXT)
char *uh_name_query_literal(const struct uh_name_query *look_up, unsigned i, size_t length,
			    char *text);

/*
 * Takes out of an answer with both families the stand-in of the one that the name has no real
 * address of: a program gets as many as without us, and bind(2) to such a one would fail. For
 * that the real addresses are asked for, by libc's getaddrinfo(3), if they can be needed; where
 * none is found the answer stays. errno is kept. Not async-signal-safe.
 */
void uh_name_query_fit(const struct uh_wish *wish, struct uh_name_query *look_up);

/*
 * Keeps the name for connect(2), once libc has answered; its real addresses are asked for first
 * as above, unless they were. errno is kept. Not async-signal-safe.
 */
void uh_name_query_end(const struct uh_wish *wish, struct uh_name_query *look_up);

/*
 * The real addresses of the name that a stand-in stands for, in *known. Where this process
 * hasn't looked the name up, and a route has it as it is, that is done now: all else here is
 * async-signal-safe. Returns false where nobody knows the stand-in. errno is kept.
 */
bool uh_real_addresses(const struct uh_table *table, const struct uh_address *stand_in,
		       struct uh_known_name *known);

/*
 * Writes the first real address of a stand-in's name and kind (IPv4 or IPv6), with the
 * stand-in's port, as a sockaddr of the family, where this process has looked the name up.
 * Returns its length, or 0. Async-signal-safe.
 */
socklen_t uh_known_real(const struct uh_endpoint *stand_in, sa_family_t family,
			struct sockaddr_storage *real);

#endif
