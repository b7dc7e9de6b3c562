/* SPDX-License-Identifier: MIT */
/* stats.h: counters of routes, in a file that all processes of a user share. */
#ifndef UH_STATS_H
#define UH_STATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A user's file is named by his number, in a directory like /tmp: mode 1777. It belongs to him,
 * so that nobody else can cut it short under those who have it mapped; whoever reads others'
 * files reads them by read(2). What is in it is counters, and texts for people, and nothing is
 * decided by it.
 *
 * A route has the slot with its id, in one of UH_STATS_WINDOW places from the one that the id
 * leads to. A slot is claimed by a compare-and-exchange and given back by a reset only.
 */
#define UH_STATS_DIRECTORY "/run/unhairpin"
#define UH_STATS_VARIABLE "UNHAIRPIN_STATS" /* another directory */
enum {
	UH_STATS_SLOTS = 1024,
	UH_STATS_WINDOW = 32,
	UH_STATS_ERRORS = 8,
	UH_STATS_TEXT = 152,
	UH_STATS_ERROR_BIT = 48,
};
#define UH_STATS_MARK 0x3154415453485506u /* changes with the layout */

/* A failure: errno from UH_STATS_ERROR_BIT on, and below how often; 0: free. */
#define UH_STATS_COUNT(failure) ((failure) & ((1ULL << UH_STATS_ERROR_BIT) - 1))
#define UH_STATS_ERROR(failure) ((int)((failure) >> UH_STATS_ERROR_BIT))
#define UH_STATS_OTHERS 0xffff /* errno of the last place, for those that find none */

struct uh_stats_slot {
	_Atomic uint64_t id; /* 0: free */
	_Atomic uint64_t connections, fallbacks;
	_Atomic uint64_t last_used; /* seconds since 1970 */
	_Atomic uint64_t failure[UH_STATS_ERRORS];
	_Atomic uint32_t described; /* text is complete */
	char text[UH_STATS_TEXT];   /* the route: destination and conditions */
	uint32_t unused;
};

struct uh_stats {
	_Atomic uint64_t mark;	   /* 0 in a new file */
	_Atomic uint64_t unplaced; /* connections by routes that found no slot */
	uint64_t unused[30];
	struct uh_stats_slot slot[UH_STATS_SLOTS];
};

/*
 * The slot of a route, which is claimed if it has none yet; *claimed says that its text is to
 * be filled in, and described to be set. NULL, counted as unplaced, when there is no room.
 * Async-signal-safe.
 */
struct uh_stats_slot *uh_stats_find(struct uh_stats *stats, uint64_t id, bool *claimed);

/*
 * Counts a connection: error is 0 or the errno of its failure. fell_back: no target answered,
 * and it went where the program asked. Async-signal-safe.
 */
void uh_stats_add(struct uh_stats_slot *slot, uint64_t now, int error, bool fell_back);

#endif
