/* SPDX-License-Identifier: MIT */
/* grammar.h: checks the grammar of a configuration and copies what libconfuse may parse. */
#ifndef UH_GRAMMAR_H
#define UH_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

#include "table/route.h"

struct uh_config;

/*
 * The result of a scan. text (length bytes) is for libconfuse: each token on its line, without
 * comments, without statements with a fault, and without anything behind a syntax error. route
 * has one element for each route section in text, in order, and value one for each value of an
 * option. uh_scan_free frees all of it.
 */
struct uh_scan {
	char *text;
	size_t length;
	struct uh_scan_route {
		unsigned line;		     /* the line of its title */
		struct uh_position position; /* of its title */
		bool faulty;		     /* one of its options was reported and left out */
	} * route;
	size_t routes;
	struct uh_scan_value {
		struct uh_position position;
		unsigned line;
	} * value;
	size_t values;
	bool blank; /* the text has only blanks and comments */
};

/*
 * Scans size bytes of text and reports, at config->file, the faults that libconfuse would
 * ignore, stop at, or report at a wrong line. *scan is valid (but maybe empty) in any case. Out
 * of memory: uh_fail.
 */
void uh_scan(struct uh_config *config, const char *text, size_t size, struct uh_scan *scan);

/* Frees the result of a scan. */
void uh_scan_free(struct uh_scan *scan);

#endif
