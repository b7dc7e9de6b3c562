/* SPDX-License-Identifier: MIT */
/* name_answer.h: the answer to a look-up of a name, according to the name's routes. */
#ifndef UH_NAME_ANSWER_H
#define UH_NAME_ANSWER_H

#include "base/hostname.h"
#include "stand_in.h"
#include "table.h"

enum uh_answer_kind {
	UH_ANSWER_NONE,	    /* no route matches the name: libc's own answer */
	UH_ANSWER_ADDRESS,  /* every port leads to one address: answer with it */
	UH_ANSWER_STAND_IN, /* answer with a stand-in, by which connect() knows the name */
};

struct uh_answer {
	enum uh_answer_kind kind;
	bool may_need_real;	   /* some port may need the name's real addresses */
	bool some_direct;	   /* some port has no route, or a direct one */
	struct uh_address address; /* for UH_ANSWER_ADDRESS */
};

/* True when any name has a route. Async-signal-safe. */
bool uh_table_has_names(const struct uh_table *table);

/*
 * Decides the answer for a canonical name. protocols is a set of enum uh_protocol: the kinds of
 * sockets that the program asks for. A protocol without a route for the name has no influence
 * on the answer. self as in table.h. Async-signal-safe.
 */
struct uh_answer uh_table_answer(const struct uh_table *table, const char *name,
				 unsigned protocols, const struct uh_self *self);

/*
 * Returns the stand-in of a canonical name that has routes, in one family. It is the same in
 * every process that has the same routes. attempt is 0 first; a higher one gives another
 * address of the wildcard's block, if another name of this process already has that address.
 * Async-signal-safe.
 */
struct uh_address uh_table_stand_in(const struct uh_table *table, const char *name,
				    enum uh_family family, unsigned attempt);

#endif
