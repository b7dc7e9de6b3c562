/* SPDX-License-Identifier: MIT */
/* grammar.h: reads a configuration's text ahead of libconfuse, and hands it on cleaned. */
#ifndef UH_GRAMMAR_H
#define UH_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

struct uh_config;

/*
 * text: what libconfuse is to parse, length bytes, with every line where it was, but without
 * comments, without what was reported, and without what follows a syntax error. route: one for
 * each route section in it, in order. All owned; freed by uh_scan_free.
 */
struct uh_scan {
	char *text;
	size_t length;
	struct uh_scan_route {
		unsigned line; /* of its title */
		bool faulty;   /* an option of it was reported and left out */
	} * route;
	size_t routes;
	bool blank; /* there was nothing but blanks and comments */
};

/*
 * Scans size bytes of text and reports at config->file what libconfuse would pass over in
 * silence, stop at, or blame on another line. *scan is valid (maybe empty) in any case; no
 * memory is uh_fail.
 */
void uh_scan(struct uh_config *config, const char *text, size_t size, struct uh_scan *scan);
void uh_scan_free(struct uh_scan *scan);

#endif
