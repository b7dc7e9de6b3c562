/* SPDX-License-Identifier: MIT */
/* show.h: prints what the table answers for one destination. */
#ifndef UH_SHOW_H
#define UH_SHOW_H

#include "table.h"

/* Who asks for what. */
struct uh_question {
	const struct uh_table *table;
	enum uh_protocol protocol;
	struct uh_self self; /* the program and user that is asked for */
	int width;	     /* of the longest destination */
};

/*
 * Prints the answer for destination, whose text begins each line. Returns 1 if a route leads it
 * elsewhere, 0 if it goes to the address itself, -1 with errno ENOMEM.
 */
int uh_show(const struct uh_question *question, const char *text,
	    const struct uh_endpoint *destination);

#endif
