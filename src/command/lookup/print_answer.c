/* SPDX-License-Identifier: MIT */
/* print_answer.c: prints the answer for one destination, as lines that suit grep(1). */
#include "print_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/route_text.h"
#include "table/name_answer.h"

/* Finds the matching routes for self, or for every program and user if self is NULL. */
static bool find(const struct uh_lookup_question *question, const struct uh_self *self,
		 const struct uh_lookup_destination *asked, struct uh_lookup_matches *matches)
{
	const char *name = *asked->name ? asked->name : NULL;

	matches->count = uh_table_find_all(question->table, name, &asked->endpoint,
					   question->protocol, self, NULL, 0);
	/* one element more, because calloc(0) may return NULL */
	matches->route = calloc(matches->count + 1, sizeof(*matches->route));
	if (!matches->route)
		return false;
	uh_table_find_all(question->table, name, &asked->endpoint, question->protocol, self,
			  matches->route, matches->count);
	return true;
}

/* Prints "route DEST  FILE:LINE" without a newline. */
static void show_place(const struct uh_table *table, const struct uh_table_route *route)
{
	printf("route %s  %s", uh_table_text(table, route->text),
	       uh_table_text(table, route->file));
	if (route->line)
		printf(":%u", route->line);
}

struct uh_target uh_lookup_target(const struct uh_lookup_question *question,
				  const struct uh_lookup_destination *asked,
				  const struct uh_table_route *route, uint32_t i)
{
	struct uh_endpoint endpoint = asked->endpoint;
	struct uh_target target;

	if (*asked->name)
		endpoint.address = uh_table_stand_in(question->table, asked->name, UH_IPV4, 0);
	uh_table_copy_target(question->table, uh_table_target(question->table, route, i),
			     &endpoint, &target);
	if (target.kind == UH_TARGET_IP && target.ip.port == 0)
		target.ip.port = endpoint.port;
	return target;
}

static void show_target(const struct uh_lookup_question *question,
			const struct uh_lookup_destination *asked,
			const struct uh_table_route *route, uint32_t i)
{
	struct uh_target target = uh_lookup_target(question, asked, route, i);
	bool udp = question->protocol == UH_UDP;
	char text[UH_TARGET_TEXT];

	printf("to %s", uh_target_format(&target, text));
	if (target.kind == UH_TARGET_UNIX && udp)
		printf("  (never used: a Unix socket is for TCP)");
	if (target.kind == UH_TARGET_REFUSE)
		printf("  (connecting fails with %s)", udp ? "EPERM" : "ECONNREFUSED");
	printf("\n");
}

/* Prints peer_user and proxy_protocol of a route that has them. */
static void show_terms(const struct uh_lookup_question *question,
		       const struct uh_lookup_destination *asked,
		       const struct uh_table_route *route)
{
	const struct uh_user *peer = uh_table_peers(question->table, route);

	if (route->peer_count) {
		uh_print_answer_begin(question, asked);
		printf("peer_user");
		for (uint32_t i = 0; i < route->peer_count; i++)
			printf(" %u", (unsigned)peer[i].id);
		printf("\n");
	}
	if (route->proxy_protocol) {
		uh_print_answer_begin(question, asked);
		printf("proxy_protocol v%u\n", (unsigned)route->proxy_protocol);
	}
}

/*
 * by_itself: the program gets the target's address for the name and connects to it without a
 * route.
 */
static void show_winner(const struct uh_lookup_question *question,
			const struct uh_lookup_destination *asked,
			const struct uh_table_route *route, bool by_itself)
{
	const char *on_failure = route->on_failure == UH_REFUSE ? "refuse" : "original";

	if (uh_table_refuses(question->table, route))
		on_failure = "does not apply: no target is tried";
	uh_print_answer_begin(question, asked);
	show_place(question->table, route);
	printf("\n");
	for (uint32_t i = 0; i < route->targets; i++) {
		uh_print_answer_begin(question, asked);
		show_target(question, asked, route, i);
	}
	uh_print_answer_begin(question, asked);
	printf("on_failure %s\n",
	       by_itself ? "does not apply: the program connects to the target itself"
			 : on_failure);
	show_terms(question, asked, route);
}

static void show_shadowed(const struct uh_lookup_question *question,
			  const struct uh_lookup_destination *asked,
			  const struct uh_lookup_matches *matches)
{
	for (size_t i = 1; i < matches->count; i++) {
		uh_print_answer_begin(question, asked);
		printf("shadows ");
		show_place(question->table, matches->route[i]);
		printf("\n");
	}
}

/* Returns why the question's program does not use the route. */
static const char *condition_of(const struct uh_lookup_question *question,
				const struct uh_table_route *route)
{
	if (question->self.off)
		return "switched off";
	if (route->programs == UH_NONE)
		return "only for certain users";
	return route->user_count ? "only for certain programs and users"
				 : "only for certain programs";
}

/* Prints the routes that would win for another program or user. */
static void show_passed_over(const struct uh_lookup_question *question,
			     const struct uh_lookup_destination *asked,
			     const struct uh_lookup_matches *everyone,
			     const struct uh_table_route *winner)
{
	for (size_t i = 0; i < everyone->count && everyone->route[i] != winner; i++) {
		uh_print_answer_begin(question, asked);
		printf("passed over ");
		show_place(question->table, everyone->route[i]);
		printf("  (%s)\n", condition_of(question, everyone->route[i]));
	}
}

/* uh_lookup_original() as a text for people. */
static const char *original(const struct uh_lookup_question *question,
			    const struct uh_lookup_destination *asked)
{
	const char *word = uh_lookup_original(question, asked);

	if (strcmp(word, "real_addresses") == 0)
		return "the name's real addresses";
	return strcmp(word, "nowhere") == 0 ? "nowhere: network unreachable"
					    : "the address itself";
}

static int show_all(const struct uh_lookup_question *question,
		    const struct uh_lookup_destination *asked,
		    const struct uh_lookup_matches *matches,
		    const struct uh_lookup_matches *everyone)
{
	const struct uh_table_route *winner = matches->count ? matches->route[0] : NULL;

	if (question->json) {
		if (!uh_print_answer_json(question, asked, matches, everyone))
			return -1;
		return !uh_table_goes_direct(question->table, winner);
	}
	bool by_itself = uh_print_name(question, asked);

	if (winner) {
		show_winner(question, asked, winner, by_itself);
		show_shadowed(question, asked, matches);
	} else {
		uh_print_answer_begin(question, asked);
		printf("no route: goes to %s\n", original(question, asked));
	}
	show_passed_over(question, asked, everyone, winner);
	return !uh_table_goes_direct(question->table, winner);
}

int uh_print_answer(const struct uh_lookup_question *question,
		    const struct uh_lookup_destination *asked)
{
	struct uh_lookup_matches matches, everyone;
	int routed = -1;

	if (!find(question, &question->self, asked, &matches))
		return -1;
	if (find(question, NULL, asked, &everyone)) {
		routed = show_all(question, asked, &matches, &everyone);
		free(everyone.route);
	}
	free(matches.route);
	return routed;
}
