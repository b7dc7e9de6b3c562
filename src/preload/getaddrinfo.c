/* SPDX-License-Identifier: MIT */
/*
 * getaddrinfo.c: getaddrinfo(3).
 *
 * A routed name is replaced by a number, and libc makes of that what it makes of any number:
 * the list, the services, the errors, and what freeaddrinfo(3) will free.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>

#include "go_caller.h"
#include "export.h"
#include "names/heard_names.h"
#include "libc/libc.h"
#include "names/name_query.h"
#include "routes/routes.h"
#include "observe/trace_sender.h"

/* The protocols that the socket will have which the addresses are for. */
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

static struct uh_wish wish_of(const char *node, const struct addrinfo *hints)
{
	struct uh_wish wish = {.node = node, .protocols = protocols_of(hints)};

	if (hints) {
		wish.family = hints->ai_family;
		wish.mapped = hints->ai_flags & AI_V4MAPPED;
		wish.all = wish.mapped && hints->ai_flags & AI_ALL;
		wish.flags = hints->ai_flags & AI_ADDRCONFIG;
		wish.maybe_tcp = hints->ai_socktype == SOCK_DGRAM && !hints->ai_protocol;
	}
	return wish;
}

/* libc has kept the number as the canonical name; the number is as long as the name at least.
 */
static void put_canonical(struct addrinfo *list, const char *node)
{
	for (; list; list = list->ai_next)
		if (list->ai_canonname && strlen(list->ai_canonname) >= strlen(node))
			strcpy(list->ai_canonname, node);
}

/* True for what libc says when the only thing that doesn't fit is the number's family. */
static bool is_of_family(int status)
{
#ifdef EAI_ADDRFAMILY
	if (status == EAI_ADDRFAMILY)
		return true;
#endif
	return status == EAI_NONAME;
}

/* freeaddrinfo(3) takes glibc's lists apart one by one, and musl's as the one piece they are.
 */
static bool can_join_lists(void)
{
#ifdef __GLIBC__
	return true;
#else
	return false;
#endif
}

static int ask_for_number(const struct uh_name_query *look_up, unsigned i,
			  const struct uh_wish *wish, const char *service,
			  const struct addrinfo *hints, struct addrinfo **result)
{
	char number[UH_LITERAL];

	uh_name_query_literal(look_up, i, strlen(wish->node), number);
	return uh_libc_getaddrinfo()(number, service, hints, result);
}

/* What other addresses there are, behind the list: a program may want one of their family. */
static void ask_for_others(const struct uh_name_query *look_up, unsigned first,
			   const struct uh_wish *wish, const char *service,
			   const struct addrinfo *hints, struct addrinfo *list)
{
	struct addrinfo others, *others_at;
	int canonical = hints ? hints->ai_flags & AI_CANONNAME : 0;

	if (canonical) { /* the list's first has it */
		others = *hints;
		others.ai_flags &= ~AI_CANONNAME;
		hints = &others;
	}
	for (unsigned i = first; i < look_up->addresses; i++) {
		while (list->ai_next)
			list = list->ai_next;
		if (ask_for_number(look_up, i, wish, service, hints, &list->ai_next) != 0)
			list->ai_next = NULL;
		for (others_at = list->ai_next; others_at; others_at = others_at->ai_next)
			others_at->ai_flags |= canonical;
	}
}

/* A host without IPv4 can be one where libc refuses that (AI_ADDRCONFIG). */
static int ask_libc(const struct uh_name_query *look_up, const struct uh_wish *wish,
		    const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
	int status = EAI_NONAME;
	unsigned i = 0;

	while (i < look_up->addresses && is_of_family(status))
		status = ask_for_number(look_up, i++, wish, service, hints, result);
	if (status == 0 && can_join_lists())
		ask_for_others(look_up, i, wish, service, hints, *result);
	return status;
}

/*
 * Names are looked up by many that never connect: they need routes of names only. And whose
 * connect(2) we never see has no use for a stand-in.
 */
static bool begin(const struct uh_wish *wish, const void *caller, struct uh_name_query *look_up)
{
	char name[UH_NAME_MAX + 1];

	return wish->protocols && uh_name_canonical(wish->node, name) &&
	       uh_routes_look_up(wish, look_up) && !(look_up->is_stand_in && uh_is_go(caller));
}

static int look_up(const char *restrict node, const char *restrict service,
		   const struct addrinfo *restrict hints, struct addrinfo **restrict result,
		   const void *caller)
{
	struct uh_name_query look_up;
	struct uh_wish wish;
	int status;

	if (!node || (hints && hints->ai_flags & AI_NUMERICHOST))
		return uh_libc_getaddrinfo()(node, service, hints, result);
	wish = wish_of(node, hints);
	if (!begin(&wish, caller, &look_up))
		return uh_libc_getaddrinfo()(node, service, hints, result);
	uh_name_query_fit(&wish, &look_up);
	status = ask_libc(&look_up, &wish, service, hints, result);
	if (status == 0) {
		put_canonical(*result, node);
		uh_name_query_end(&wish, &look_up);
	}
	return status;
}

/* For a trace, which has the name beside the address that is connected to. */
static void note_heard(const char *node, const struct addrinfo *list)
{
	struct uh_endpoint endpoint;

	for (; list; list = list->ai_next)
		if (uh_endpoint_from_sockaddr(list->ai_addr, list->ai_addrlen, &endpoint))
			uh_heard_put(&endpoint.address, node);
}

UH_EXPORT int getaddrinfo(const char *restrict node, const char *restrict service,
			  const struct addrinfo *restrict hints,
			  struct addrinfo **restrict result)
{
	int status = look_up(node, service, hints, result, __builtin_return_address(0));

	if (uh_traces() && status == 0 && node)
		note_heard(node, *result);
	return status;
}
