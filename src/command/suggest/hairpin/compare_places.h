/* SPDX-License-Identifier: MIT */
/* compare_places.h: whether two places serve the same, as far as asking both can show. */
#ifndef UH_COMPARE_PLACES_H
#define UH_COMPARE_PLACES_H

#include "greet.h"

enum uh_likeness {
	UH_ALIKE,   /* the same protocol; of HTTP, the same answer */
	UH_UNTRIED, /* nothing speaks against it, nothing was seen that speaks for it */
	UH_DIFFERENT
};

/* The result of a comparison. */
struct uh_comparison {
	enum uh_likeness likeness;
	const char *by_design; /* why the two differ, whatever they answer; or NULL */
	bool shown; /* both answer one request of HTTP alike, and by success (2xx, 3xx) */
	bool same_certificate; /* both speak TLS, and show the same certificate */
	char why[1200];	       /* for people: what was seen, and what was not tried */
};

/* Whether a comparison shows that both are the same service, as far as asking can. */
static inline bool uh_comparison_is_proof(const struct uh_comparison *comparison)
{
	return comparison->shown || comparison->same_certificate;
}

/* A place to be compared with others: a target, and what it said. */
struct uh_place {
	struct uh_target target;
	struct uh_greeting greeting;
};

/*
 * Asks candidate what place was asked. If both speak HTTP, "GET /" with host in Host: is sent
 * to place, candidate, and place again: what differs between the answers of one place counts
 * for nothing. If both speak TLS, their certificates are compared; name, or NULL, is the name
 * that is asked for. Takes seconds if they are slow.
 */
struct uh_comparison uh_compare(const struct uh_place *place, const struct uh_target *candidate,
				const char *name, const char *host);

/*
 * Whether the second of three texts is like the first and the third, line by line: a line that
 * these two have alike must be the second's as well. UH_UNTRIED if more than half of the body
 * (all that follows an empty line) differs between these two themselves.
 */
enum uh_likeness uh_answers_compare(const char *before, const char *between, const char *after);

#endif
