/* SPDX-License-Identifier: MIT */
/* print_answer.h: prints the table's answer for one destination. */
#ifndef UH_PRINT_ANSWER_H
#define UH_PRINT_ANSWER_H

#include "base/hostname.h"
#include "table/table.h"

/*
 * One destination: the text that was given, its canonical name ("" for an address), and its
 * address and port.
 */
struct uh_lookup_destination {
	const char *text;
	char name[UH_NAME_MAX + 1];
	struct uh_endpoint endpoint;
};

/* The question that all destinations share. */
struct uh_lookup_question {
	const struct uh_table *table;
	enum uh_protocol protocol;
	struct uh_self self; /* the program and user to answer for */
	int width;	     /* width of the longest destination */
	bool json;	     /* print one JSON object for each destination */
};

/* The routes that match a destination, the winner first. */
struct uh_lookup_matches {
	const struct uh_table_route **route;
	size_t count;
};

/*
 * Prints the answer for a destination. Returns 1 if a route leads elsewhere or refuses, 0 if
 * the connection goes to the original address, -1 with errno ENOMEM if memory ran out.
 */
int uh_print_answer(const struct uh_lookup_question *question,
		    const struct uh_lookup_destination *asked);

/*
 * Returns the route's i-th target as a connection to the destination meets it: with the port
 * that it keeps, and with the path for the address and port. A name has its first IPv4 stand-in
 * as address.
 */
struct uh_target uh_lookup_target(const struct uh_lookup_question *question,
				  const struct uh_lookup_destination *asked,
				  const struct uh_table_route *route, uint32_t i);

/*
 * original.c: returns where a connection goes that has no route, or whose route's targets all
 * fail: to "real_addresses" of a name, to "nowhere" (ENETUNREACH), or to the "address" itself.
 */
const char *uh_lookup_original(const struct uh_lookup_question *question,
			       const struct uh_lookup_destination *asked);

/*
 * answer_json.c: prints the answer as one line of JSON. matches are the routes for the program
 * and user of the question, everyone those for any. Returns false if memory ran out (reported).
 */
bool uh_print_answer_json(const struct uh_lookup_question *question,
			  const struct uh_lookup_destination *asked,
			  const struct uh_lookup_matches *matches,
			  const struct uh_lookup_matches *everyone);

/*
 * print_name.c: prints what programs get for the name, or which name a stand-in address stands
 * for. Returns true if programs get the address of a target; connect() to it is not routed
 * then.
 */
bool uh_print_name(const struct uh_lookup_question *question,
		   const struct uh_lookup_destination *asked);

/* print_name.c: prints the beginning of each line: the destination. */
void uh_print_answer_begin(const struct uh_lookup_question *question,
			   const struct uh_lookup_destination *asked);

#endif
