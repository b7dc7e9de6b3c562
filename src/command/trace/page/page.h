/* SPDX-License-Identifier: MIT */
/* page.h: a trace as one HTML page that fetches nothing. */
#ifndef UH_PAGE_H
#define UH_PAGE_H

#include "command/suggest/hairpin/hairpin.h"

/*
 * Writes the page of a trace to a file: page.html with the trace as JSON in it. Looks names up
 * to find the hairpins (see uh_hairpin_classify). Returns false on failure (reported).
 */
bool uh_page_write(const char *file, const struct uh_trace *trace, const struct uh_host *host);

/*
 * Writes the page like uh_page_write(), with the routes that programs of this environment have.
 * Connections of this process are not routed from then on (see uh_timed_connect_begin).
 */
bool uh_page_write_here(const char *file, const struct uh_trace *trace);

#endif
