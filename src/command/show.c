/* SPDX-License-Identifier: MIT */
/* show.c: prints what the table answers for one destination, each line good for grep(1). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"

/* The matching routes, the winner first. */
struct matches {
	const struct uh_table_route **route;
	size_t count;
};

/* self NULL: for every program and user. */
static bool find(const struct uh_question *question, const struct uh_self *self,
		 const struct uh_endpoint *destination, struct matches *matches)
{
	matches->count = uh_table_find_all(question->table, NULL, destination,
					   question->protocol, self, NULL, 0);
	/* One more: calloc(0) may be NULL. */
	matches->route = calloc(matches->count + 1, sizeof(*matches->route));
	if (!matches->route)
		return false;
	uh_table_find_all(question->table, NULL, destination, question->protocol, self,
			  matches->route, matches->count);
	return true;
}

static void begin_line(const struct uh_question *question, const char *text)
{
	printf("%-*s  ", question->width, text);
}

/* Prints "route DEST  FILE:LINE" without an end of line. */
static void show_place(const struct uh_table *table, const struct uh_table_route *route)
{
	printf("route %s  %s", uh_table_text(table, route->text),
	       uh_table_text(table, route->file));
	if (route->line)
		printf(":%u", route->line);
}

/* The target as the configuration would have it. */
static void get_target(const struct uh_table *table, const struct uh_table_target *from,
		       struct uh_target *to)
{
	*to = (struct uh_target){
	    .ip = {from->address, from->scope_id, from->port},
	    .kind = from->kind,
	    .path_length = from->path_length,
	};
	if (from->kind == UH_TARGET_UNIX)
		memcpy(to->path, uh_table_path(table, from), from->path_length);
}

static void show_target(const struct uh_question *question, uint16_t port,
			const struct uh_table_target *from)
{
	struct uh_target target;
	char text[UH_TARGET_TEXT];

	get_target(question->table, from, &target);
	if (target.kind == UH_TARGET_IP && target.ip.port == 0)
		target.ip.port = port;
	printf("to %s", uh_target_format(&target, text));
	if (target.kind == UH_TARGET_UNIX && question->protocol == UH_UDP)
		printf("  (never answers: a Unix socket is for TCP)");
	printf("\n");
}

static void show_winner(const struct uh_question *question, const char *text, uint16_t port,
			const struct uh_table_route *route)
{
	begin_line(question, text);
	show_place(question->table, route);
	printf("\n");
	for (uint32_t i = 0; i < route->targets; i++) {
		begin_line(question, text);
		show_target(question, port, uh_table_target(question->table, route, i));
	}
	begin_line(question, text);
	printf("on_failure %s\n", route->on_failure == UH_REFUSE ? "refuse" : "original");
}

static void show_shadowed(const struct uh_question *question, const char *text,
			  const struct matches *matches)
{
	for (size_t i = 1; i < matches->count; i++) {
		begin_line(question, text);
		printf("shadows ");
		show_place(question->table, matches->route[i]);
		printf("\n");
	}
}

static const char *condition_of(const struct uh_table_route *route)
{
	if (route->programs == UH_NONE)
		return "only for certain users";
	return route->user_count ? "only for certain programs and users"
				 : "only for certain programs";
}

/* What would win for someone else: routes before the winner among all, conditions aside. */
static void show_passed_over(const struct uh_question *question, const char *text,
			     const struct matches *everyone,
			     const struct uh_table_route *winner)
{
	for (size_t i = 0; i < everyone->count && everyone->route[i] != winner; i++) {
		begin_line(question, text);
		printf("passed over ");
		show_place(question->table, everyone->route[i]);
		printf("  (%s)\n", condition_of(everyone->route[i]));
	}
}

static int show_all(const struct uh_question *question, const char *text, uint16_t port,
		    const struct matches *matches, const struct matches *everyone)
{
	const struct uh_table_route *winner = matches->count ? matches->route[0] : NULL;

	if (winner) {
		show_winner(question, text, port, winner);
		show_shadowed(question, text, matches);
	} else {
		begin_line(question, text);
		printf("no route: goes to the address itself\n");
	}
	show_passed_over(question, text, everyone, winner);
	return winner && uh_table_target(question->table, winner, 0)->kind != UH_TARGET_DIRECT;
}

int uh_show(const struct uh_question *question, const char *text,
	    const struct uh_endpoint *destination)
{
	struct matches matches, everyone;
	int routed = -1;

	if (!find(question, &question->self, destination, &matches))
		return -1;
	if (find(question, NULL, destination, &everyone)) {
		routed = show_all(question, text, destination->port, &matches, &everyone);
		free(everyone.route);
	}
	free(matches.route);
	return routed;
}
