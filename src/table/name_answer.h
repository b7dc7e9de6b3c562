/* SPDX-License-Identifier: MIT */
/* name_answer.h: what a look-up of a name is answered with, by the routes of that name. */
#ifndef UH_NAME_ANSWER_H
#define UH_NAME_ANSWER_H

#include "base/hostname.h"
#include "table.h"

enum uh_answer_kind {
	UH_ANSWER_NONE,	    /* no route is for the name: libc's own answer */
	UH_ANSWER_ADDRESS,  /* every port leads to one address, which is the answer */
	UH_ANSWER_STAND_IN, /* an address that connect() knows the name by */
};

struct uh_answer {
	enum uh_answer_kind kind;
	bool may_need_real;	   /* some port may have to go to the name's real addresses */
	struct uh_address address; /* UH_ANSWER_ADDRESS: where every port leads */
};

/* True when any name has a route. Async-signal-safe. */
bool uh_table_has_names(const struct uh_table *table);

/*
 * Decides the answer for a canonical name and for sockets of these protocols (a set of enum
 * uh_protocol; a protocol that no route of the name is for does not count). self as in table.h.
 * Async-signal-safe.
 */
struct uh_answer uh_table_answer(const struct uh_table *table, const char *name,
				 unsigned protocols, const struct uh_self *self);

/*
 * The stand-in of a canonical name with routes, in a family: the same in every process that has
 * the same routes. attempt 0 is that one; further ones are for a name under "*." whose address
 * another name of this process has already. Async-signal-safe.
 */
struct uh_address uh_table_stand_in(const struct uh_table *table, const char *name,
				    enum uh_family family, unsigned attempt);

/*
 * The name of a route that an address stands for, with "*." where it stands for something that
 * this covers, or NULL where no route knows the address. Async-signal-safe.
 */
const char *uh_table_stands_for(const struct uh_table *table, const struct uh_address *address);

/* True for an address of the pools that stand-ins come from. Async-signal-safe. */
bool uh_table_in_pool(const struct uh_table *table, const struct uh_address *address);

#endif
