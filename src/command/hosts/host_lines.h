/* SPDX-License-Identifier: MIT */
/* host_lines.h: the lines of /etc/hosts that say the same as the routes by name. */
#ifndef UH_HOST_LINES_H
#define UH_HOST_LINES_H

#include "base/hostname.h"
#include "table/table.h"

/* The reason why a name has no line. */
enum uh_host_fault {
	UH_HOST_NO_FAULT,
	UH_HOST_WILDCARD,   /* the file has no wildcards */
	UH_HOST_DIRECT,	    /* every route of the name leads to its real addresses */
	UH_HOST_CONDITIONS, /* another program or user may have other routes, or none */
};

/* A name that has routes, and the addresses that a look-up of it returns to programs. */
struct uh_host_line {
	char name[UH_NAME_MAX + 1]; /* canonical (hostname.h); "*.NAME" for a wildcard */
	uint32_t route; /* index of one of its routes, or of the one with conditions */
	enum uh_host_fault fault;
	bool loses_fallback; /* connects to the real addresses if no target answers */
	bool hides_ports;    /* some port has no route or a direct one: the line hides the
				real addresses from it */
	bool is_stand_in;    /* the addresses stand for the name */
	unsigned addresses;
	struct uh_address address[UH_FAMILIES];
};

/*
 * Returns an array of *count lines, one for each name and wildcard of the table, sorted by
 * name, for free(3). NULL with errno ENOMEM if memory ran out.
 */
struct uh_host_line *uh_host_lines_make(const struct uh_table *table, size_t *count);

#endif
