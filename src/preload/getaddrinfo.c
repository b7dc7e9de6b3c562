/* SPDX-License-Identifier: MIT */
/*
 * getaddrinfo.c: getaddrinfo(3).
 *
 * libc is asked for a number in place of a routed name. So libc itself builds the list that
 * freeaddrinfo(3) frees, looks up the service, and reports errors.
 */
#include <netdb.h>
#include <netinet/in.h>

#include "go_caller.h"
#include "export.h"
#include "names/resolved_names.h"
#include "libc/libc.h"
#include "names/name_query.h"
#include "routes/routes.h"
#include "observe/trace_channel.h"

/* The protocols that the program's socket may have, as a set of enum uh_protocol. */
static unsigned protocols_of(const struct addrinfo *hints)
{
	if (!hints)
		return UH_ANY;
	if (hints->ai_protocol == IPPROTO_TCP)
		return UH_TCP;
	if (hints->ai_protocol == IPPROTO_UDP)
		return UH_UDP;
	switch (hints->ai_socktype) {
	case 0:
		return UH_ANY;
	case SOCK_STREAM:
		return UH_TCP;
	case SOCK_DGRAM:
		return UH_UDP;
	}
	return 0;
}

/* Overwrites the canonical name, for which libc took the number. The number is no shorter than
 * the name. */
static void put_canonical(struct addrinfo *list, const char *node)
{
	for (; list; list = list->ai_next)
		if (list->ai_canonname && strlen(list->ai_canonname) >= strlen(node))
			strcpy(list->ai_canonname, node);
}

/* True for the errors of libc for a number that is not of the family asked for. */
static bool is_of_family(int status)
{
#ifdef EAI_ADDRFAMILY
	if (status == EAI_ADDRFAMILY)
		return true;
#endif
	return status == EAI_NONAME;
}

/* freeaddrinfo(3) of glibc frees each entry by itself; musl's frees a list as one allocation.
 */
static bool can_join_lists(void)
{
#ifdef __GLIBC__
	return true;
#else
	return false;
#endif
}

/* A look-up that is answered with numbers, and getaddrinfo(3)'s other arguments. */
struct look_up {
	struct uh_name_query query;
	const char *node, *service;
	const struct addrinfo *hints;
};

static int ask_for_number(const struct look_up *look_up, unsigned i,
			  const struct addrinfo *hints, struct addrinfo **result)
{
	char number[UH_NUMBER];

	uh_names_number(&look_up->query, i, strlen(look_up->node), number);
	return uh_libc_getaddrinfo()(number, look_up->service, hints, result);
}

/* Appends the addresses from the first-th on: a program may want one of their family. */
static void append_others(const struct look_up *look_up, unsigned first, struct addrinfo *list)
{
	const struct addrinfo *hints = look_up->hints;
	int canonical = hints ? hints->ai_flags & AI_CANONNAME : 0;
	struct addrinfo without_name, *at;

	if (canonical) { /* the first address of the list has the name */
		without_name = *hints;
		without_name.ai_flags &= ~AI_CANONNAME;
		hints = &without_name;
	}
	for (unsigned i = first; i < look_up->query.addresses; i++) {
		while (list->ai_next)
			list = list->ai_next;
		if (ask_for_number(look_up, i, hints, &list->ai_next) != 0)
			list->ai_next = NULL;
		for (at = list->ai_next; at; at = at->ai_next)
			at->ai_flags |= canonical;
	}
}

/* With AI_ADDRCONFIG libc refuses an IPv4 number on a host without IPv4: the next is tried. */
static int ask_libc(const struct look_up *look_up, struct addrinfo **result)
{
	int status = EAI_NONAME;
	unsigned i = 0;

	while (i < look_up->query.addresses && is_of_family(status))
		status = ask_for_number(look_up, i++, look_up->hints, result);
	if (status == 0 && can_join_lists())
		append_others(look_up, i, *result);
	return status;
}

/*
 * False if libc must answer. The routes are not read for a node that is no host name. Go code
 * gets no stand-in, because it connects by system calls of its own, which we do not see.
 */
static bool ask_routes(const char *node, const struct addrinfo *hints, const void *caller,
		       struct uh_name_query *query)
{
	query->family = hints ? hints->ai_family : AF_UNSPEC;
	query->flags = hints ? hints->ai_flags : 0;
	query->protocols = protocols_of(hints);
	query->maybe_tcp = hints && hints->ai_socktype == SOCK_DGRAM && !hints->ai_protocol;
	return query->protocols && uh_name_canonical(node, query->name) &&
	       uh_routes_query_name(query) && !(query->is_stand_in && uh_is_go(caller));
}

static int look_up(const char *restrict node, const char *restrict service,
		   const struct addrinfo *restrict hints, struct addrinfo **restrict result,
		   const void *caller)
{
	struct look_up look_up;
	int status;

	if (!node || (hints && hints->ai_flags & AI_NUMERICHOST) ||
	    !ask_routes(node, hints, caller, &look_up.query))
		return uh_libc_getaddrinfo()(node, service, hints, result);
	look_up.node = node;
	look_up.service = service;
	look_up.hints = hints;
	uh_names_match_families(&look_up.query);
	status = ask_libc(&look_up, result);
	if (status == 0) {
		put_canonical(*result, node);
		uh_names_commit(&look_up.query);
	}
	return status;
}

/* A trace has the name beside the address of a connection. */
static void note_resolved(const char *node, const struct addrinfo *list)
{
	struct uh_endpoint endpoint;

	for (; list; list = list->ai_next)
		if (uh_endpoint_from_sockaddr(list->ai_addr, list->ai_addrlen, &endpoint))
			uh_resolved_name_put(&endpoint.address, node);
}

UH_EXPORT int getaddrinfo(const char *restrict node, const char *restrict service,
			  const struct addrinfo *restrict hints,
			  struct addrinfo **restrict result)
{
	int status = look_up(node, service, hints, result, __builtin_return_address(0));

	if (uh_traces() && status == 0 && node)
		note_resolved(node, *result);
	return status;
}
