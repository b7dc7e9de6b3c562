/* SPDX-License-Identifier: MIT */
/* read_counters.h: the counters of all users' files, added up by route. */
#ifndef UH_READ_COUNTERS_H
#define UH_READ_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "counter_file.h"

/*
 * One route, by what it is called, with a "?" for each byte that is not printable ASCII: so no
 * two are the same to whoever reads what is written here, whatever somebody put into his file.
 */
struct uh_counter_total {
	char text[UH_COUNTER_TEXT + 1];
	uint64_t connections, fallbacks, last_used;
	uint64_t before;		     /* connections at the reading before this */
	uint64_t failure[UH_COUNTER_ERRORS]; /* as in a slot */
};

struct uh_counter_totals;

struct uh_counter_totals *uh_counter_totals_new(void);
void uh_counter_totals_free(struct uh_counter_totals *sums);

/* Adds one slot to what is there. False: no memory. */
bool uh_counter_totals_add(struct uh_counter_totals *sums, const struct uh_counter_slot *slot);

/* Forgets the numbers, to read anew, but not what they were. */
void uh_counter_totals_begin(struct uh_counter_totals *sums);

/*
 * Reads, or sets to zero, all files in the directory that belong to the user in their name;
 * those that don't, or are something else, are passed over. Zero is for those that this process
 * may write. *unplaced: connections that found no slot. False: reported.
 */
bool uh_counter_totals_read(struct uh_counter_totals *sums, const char *directory,
			    uint64_t *unplaced);
bool uh_counter_totals_reset(const char *directory);

/* The routes that were used, most connections first, until the next call for these sums. NULL:
 * no memory. */
struct uh_counter_total *const *uh_counter_totals_finish(struct uh_counter_totals *sums,
							 size_t *count);

/* print_counters.c: the same as a table, as JSON objects in lines, and in Prometheus' text
 * format. seconds: since the reading before, for a rate; 0 for none. False: no memory. */
bool uh_counter_totals_table(FILE *out, struct uh_counter_total *const *sum, size_t count,
			     double seconds, uint64_t unplaced, bool headings);
bool uh_counter_totals_json(FILE *out, struct uh_counter_total *const *sum, size_t count);
void uh_counter_totals_prometheus(FILE *out, struct uh_counter_total *const *sum, size_t count,
				  uint64_t unplaced);

#endif
