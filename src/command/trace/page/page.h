/* SPDX-License-Identifier: MIT */
/* page.h: a trace as one HTML page that needs nothing from anywhere. */
#ifndef UH_PAGE_H
#define UH_PAGE_H

#include "command/suggest/hairpin/hairpin.h"

/* Connections that are alike in destination, name, program and target. */
struct uh_page_row {
	const struct uh_connection **connection;
	size_t count;
	struct uh_times times;
	bool hairpin;
};

/* All rows, most connections first, and what they point into. */
struct uh_page_rows {
	struct uh_page_row *row;
	size_t count;
	struct uh_groups groups;
};

/*
 * Writes the page: sums, a picture of who talks to whom, and a table that can be sorted, with
 * the hairpins marked. Everything in the trace is text there, whatever it holds. Looks names up
 * (see uh_hairpin_classify). False: no memory, reported; whether out took it all is for the
 * caller to see.
 */
bool uh_page_write(FILE *out, const struct uh_trace *trace, const struct uh_host *scene);

/* Writes the page to a file of that name. False: reported. */
bool uh_page_file(const char *name, const struct uh_trace *trace, const struct uh_host *scene);

/*
 * The same with the routes that programs of this environment have. No connection of this
 * process is routed from then on (see uh_timed_connect_begin).
 */
bool uh_page_of_trace(const char *name, const struct uh_trace *trace);

/* Makes the rows of a trace. False: no memory, reported; to be freed in any case. */
bool uh_page_rows_make(const struct uh_trace *trace, const struct uh_host *scene,
		       struct uh_page_rows *rows);
void uh_page_rows_free(struct uh_page_rows *rows);

/* Writes the picture as an SVG element. False: no memory, reported. */
bool uh_graph_write(FILE *out, const struct uh_page_rows *rows);

/* Writes text as HTML has it between tags or in quotes: bytes that are no UTF-8, or control
 * something, become U+FFFD. */
void uh_html_text(FILE *out, const char *text);

/* What is the same on each page. */
extern const char uh_page_style[], uh_page_script[];

#endif
