/* SPDX-License-Identifier: MIT */
/* counter_file.h: the layout of the file in which all processes of a user count connections. */
#ifndef UH_COUNTER_FILE_H
#define UH_COUNTER_FILE_H

#include <stdint.h>

/*
 * The file's name is the user's number, in a directory with mode 1777, like /tmp. The file has
 * counters, and texts for people; no decision depends on it.
 *
 * Another process may cut, replace or overwrite the file at any time. So a program that maps it
 * never touches the mapping itself (shared_word.h), and `unhairpin stats` reads it by read(2).
 *
 * A slot counts the connections by a route that one of its targets took, or those that none
 * took. Its id is a hash of both. It is one of UH_COUNTER_WINDOW slots from number id modulo
 * UH_COUNTER_SLOTS on. A process takes a free slot by writing texts and id. Two processes that
 * take one slot for the same id write the same bytes. If they do so for two ids, the later
 * write wins: the processes of the other id notice the wrong id within a second, and take
 * another slot. `unhairpin stats --reset` frees the slots.
 */
#define UH_STATS_DIRECTORY "/run/unhairpin"
#define UH_STATS_VARIABLE "UNHAIRPIN_STATS" /* names another directory, or is "off" */
enum {
	UH_COUNTER_SLOTS = 1024,
	UH_COUNTER_WINDOW = 32,
	UH_COUNTER_ERRORS = 17,
	UH_COUNTER_TEXT = 160,
	UH_COUNTER_TARGET = 120,
	UH_COUNTER_OTHERS = 0xffff, /* stands for all errors without a counter of their own */
};
#define UH_COUNTER_MARK 0x3354415453485506u /* the first byte rises with the layout */

/*
 * The start of a slot, which the process that takes the slot writes. A text has a NUL only if
 * there is room. The id comes last.
 */
struct uh_counter_route {
	char text[UH_COUNTER_TEXT];	/* destination and conditions */
	char target[UH_COUNTER_TARGET]; /* as configured; "original" or "refuse" if none */
	uint64_t id;			/* 0: free */
};

/*
 * The kernel adds to words of 32 bits, and connections may exceed that. So one of 1024
 * connections on average adds 1 to thousands as well, which shows how often connections has
 * wrapped around.
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
	uint32_t unplaced; /* connections that found no slot */
	uint32_t unused[61];
	struct uh_counter_slot slot[UH_COUNTER_SLOTS];
};

#endif
