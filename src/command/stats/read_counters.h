/* SPDX-License-Identifier: MIT */
/* read_counters.h: the counters of all users' files, summed up by route and target. */
#ifndef UH_READ_COUNTERS_H
#define UH_READ_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "counter_file.h"
#include "kernel_table.h"

/* The counter of connections: the preload object, or the kernel back end. */
enum uh_counted_by { UH_BY_PRELOAD, UH_BY_KERNEL, UH_COUNTED_BY };

/*
 * A route and the target that took its connections; "original" or "refuse" if none did. Each
 * byte that is not printable ASCII is "?", so that two names that look the same on output are
 * one, whatever a user has written into his file. Filled up with NULs, for comparison.
 */
struct uh_counter_name {
	char route[UH_COUNTER_TEXT + 1], target[UH_COUNTER_TARGET + 1];
};

/* The total of one name by one counter. */
struct uh_counter_total {
	struct uh_counter_name name;
	enum uh_counted_by by;
	uint64_t connections, fallbacks, last_used; /* last_used is 0 if it is not known */
	uint64_t before;			    /* connections at the previous reading */
	uint64_t failure[UH_COUNTER_ERRORS];	    /* by error, as in struct uh_counter_slot */
};

struct uh_counter_totals;

struct uh_counter_totals *uh_counter_totals_new(void);
void uh_counter_totals_free(struct uh_counter_totals *sums);

/* Adds the counters of one slot. Returns false if memory ran out. */
bool uh_counter_totals_add(struct uh_counter_totals *sums, const struct uh_counter_slot *slot);

/*
 * Adds the kernel's counters of one route, which sends connections to targets. Returns false if
 * memory ran out.
 */
bool uh_counter_totals_add_kernel(struct uh_counter_totals *sums, const char *route,
				  const char *targets, const struct uh_count_row *count);

/* Prepares for a new reading: sets all counters to zero and remembers connections in before. */
void uh_counter_totals_begin(struct uh_counter_totals *sums);

/*
 * Reads all counter files of the directory, or sets those that this process may write to zero.
 * Files whose owner is not the user in their name, and other files, are skipped. *unplaced
 * becomes the number of connections that found no free slot. Returns false on failure
 * (reported).
 */
bool uh_counter_totals_read(struct uh_counter_totals *sums, const char *directory,
			    uint64_t *unplaced);
bool uh_counter_totals_reset(const char *directory);

/*
 * kernel_counters.c: adds the counters of all attachments, or sets them to zero. *found becomes
 * the number of tables that this user may read. Returns false if memory ran out (reported).
 */
bool uh_kernel_counters_read(struct uh_counter_totals *sums, size_t *found);
void uh_kernel_counters_reset(size_t *found);

/*
 * Returns the totals with connections, most connections first, as an array of *count that is
 * valid until the next call for the same totals. Returns NULL if memory ran out.
 */
struct uh_counter_total *const *uh_counter_totals_finish(struct uh_counter_totals *sums,
							 size_t *count);

/*
 * print_counters.c: prints totals as a table, as one JSON object a line, or in the text format
 * of Prometheus. seconds is the time since the previous reading, for a rate, or 0 for none.
 * Returns false if memory ran out; uh_counter_totals_json() has reported that.
 */
bool uh_counter_totals_table(FILE *out, struct uh_counter_total *const *sum, size_t count,
			     double seconds, uint64_t unplaced, bool headings);
bool uh_counter_totals_json(FILE *out, struct uh_counter_total *const *sum, size_t count);
void uh_counter_totals_prometheus(FILE *out, struct uh_counter_total *const *sum, size_t count,
				  uint64_t unplaced);

#endif
