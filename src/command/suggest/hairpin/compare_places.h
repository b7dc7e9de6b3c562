/* SPDX-License-Identifier: MIT */
/* compare_places.h: whether two places serve the same, as far as requests to both can show. */
#ifndef UH_COMPARE_PLACES_H
#define UH_COMPARE_PLACES_H

#include "greet.h"

enum uh_likeness {
	UH_ALIKE,   /* the same protocol, and for HTTP the same answer */
	UH_UNTRIED, /* no difference was seen, but no proof either */
	UH_DIFFERENT
};

/* The result of a comparison. */
struct uh_comparison {
	enum uh_likeness likeness;
	const char *by_design; /* reason why the two differ whatever they answer, or NULL */
	bool shown; /* both give the same answer to an HTTP request, with status 2xx or 3xx */
	bool same_certificate; /* both speak TLS, and present the same certificate */
	char why[1200];	       /* for people: observations, and what was not tried */
};

/* True if the comparison shows that both are the same service. */
static inline bool uh_comparison_is_proof(const struct uh_comparison *comparison)
{
	return comparison->shown || comparison->same_certificate;
}

/* A place to compare others with: a target, and its greeting. */
struct uh_place {
	struct uh_target target;
	struct uh_greeting greeting;
};

/*
 * Compares candidate with place. If both speak HTTP, "GET /" with the Host header host is sent
 * to place, candidate, and place again; lines that differ between the two answers of place are
 * not compared. If both speak TLS, their certificates for the server name (NULL: none) are
 * compared. Takes seconds if the servers are slow.
 */
struct uh_comparison uh_compare(const struct uh_place *place, const struct uh_target *candidate,
				const char *name, const char *host);

/*
 * Compares three answers line by line: each line that before and after have in common must be
 * in between, too. Returns UH_UNTRIED if more than half of the lines of the body (behind the
 * first empty line) differ between before and after.
 */
enum uh_likeness uh_answers_compare(const char *before, const char *between, const char *after);

#endif
