/* SPDX-License-Identifier: MIT */
/* counter_file.h: counters of routes, in a file that all processes of a user share. */
#ifndef UH_COUNTER_FILE_H
#define UH_COUNTER_FILE_H

#include <stdint.h>

/*
 * A user's file is named by his number, in a directory like /tmp: mode 1777. The file holds
 * counters, and texts for people, and nothing is decided by it.
 *
 * The file may be cut, replaced or overwritten at any time, so programs that have it mapped
 * never look at it themselves (shared_word.h), and `unhairpin stats` reads it by read(2).
 *
 * A route has the slot with its id, in one of UH_COUNTER_WINDOW places from the one that the id
 * leads to. A process writes text and id into a slot without an id; two that do so for one
 * route write the same. For two routes the last one has the slot: the other one's processes
 * find the wrong id there within a second, and write theirs into another slot. A reset gives
 * slots back.
 */
#define UH_STATS_DIRECTORY "/run/unhairpin"
#define UH_STATS_VARIABLE "UNHAIRPIN_STATS" /* another directory */
enum {
	UH_COUNTER_SLOTS = 1024,
	UH_COUNTER_WINDOW = 32,
	UH_COUNTER_ERRORS = 17,
	UH_COUNTER_TEXT = 152,
	UH_COUNTER_OTHERS =
	    0xffff, /* in place of an errno: any that has no counter of its own */
};
#define UH_COUNTER_MARK 0x3254415453485506u /* changes with the layout */

/* How a slot begins: what the process writes that takes the slot. The id comes last. */
struct uh_counter_route {
	char
	    text[UH_COUNTER_TEXT]; /* destination and conditions; a NUL only if there is room */
	uint64_t id;		   /* 0: free */
};

/*
 * The kernel adds to words of 32 bits, and the busiest counter may need more: on average each
 * 1024th connection adds 1 to thousands too, which tells how often connections has begun anew.
 */
struct uh_counter_slot {
	struct uh_counter_route route;
	int64_t last_used[2]; /* seconds since 1970, and nanoseconds */
	uint32_t connections, thousands;
	uint32_t fallbacks;
	uint32_t failure[UH_COUNTER_ERRORS]; /* uh_counter_slot_error says of which errno */
};

struct uh_counter_file {
	uint64_t mark;	   /* 0 in a new file */
	uint32_t unplaced; /* connections by routes that found no slot */
	uint32_t unused[61];
	struct uh_counter_slot slot[UH_COUNTER_SLOTS];
};

#endif
