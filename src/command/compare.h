/* SPDX-License-Identifier: MIT */
/* compare.h: whether two places serve the same, as far as asking both can show. */
#ifndef UH_COMPARE_H
#define UH_COMPARE_H

#include "greet.h"

enum uh_likeness {
	UH_ALIKE,   /* the same protocol; of HTTP, the same answer */
	UH_UNTRIED, /* nothing speaks against it, nothing was seen that speaks for it */
	UH_DIFFERENT
};

/* What came of a comparison. */
struct uh_comparison {
	enum uh_likeness likeness;
	const char *by_design; /* why the two differ, whatever they answer; or NULL */
	bool same_status;      /* of HTTP: if anything differs, it is within the answers */
	bool shown;	/* both answer one request of HTTP alike, and by success (2xx, 3xx) */
	char why[1200]; /* for people: what was seen, and what was not tried */
};

/* A place to be compared with others: a target, and what it said. */
struct uh_place {
	struct uh_target target;
	struct uh_greeting greeting;
};

/*
 * Asks candidate what place was asked. If both speak HTTP, "GET /" with host in Host: is sent
 * to place, candidate, and place again: what differs between the answers of one place counts
 * for nothing. Takes seconds if they are slow.
 */
struct uh_comparison uh_compare(const struct uh_place *place, const struct uh_target *candidate,
				const char *host);

/*
 * Whether the second of three texts is like the first and the third, line by line: a line that
 * these two have alike must be the second's as well. UH_UNTRIED if more than half of the body
 * (all that follows an empty line) differs between these two themselves.
 */
enum uh_likeness uh_answers_compare(const char *before, const char *between, const char *after);

#endif
