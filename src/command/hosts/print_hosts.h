/* SPDX-License-Identifier: MIT */
/* print_hosts.h: prints lines for /etc/hosts. */
#ifndef UH_PRINT_HOSTS_H
#define UH_PRINT_HOSTS_H

#include "host_lines.h"

/* Prints the comments at the top. file: the configuration, or NULL; inline_routes: others too.
 */
void uh_print_hosts_head(const char *file, bool inline_routes);

/*
 * Prints what stands in /etc/hosts for a name: a line for each address, in a comment if the
 * line has a fault, below a comment that says what the line cannot do. Without comments, a line
 * with a fault is not printed.
 */
void uh_print_host_line(const struct uh_table *table, const struct uh_host_line *line,
			bool comments);

/* Prints the same as one line of JSON. Returns false if memory ran out (reported). */
bool uh_print_host_line_json(const struct uh_host_line *line);

#endif
