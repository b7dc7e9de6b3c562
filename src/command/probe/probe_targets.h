/* SPDX-License-Identifier: MIT */
/* probe_targets.h: what `unhairpin probe` connects to. */
#ifndef UH_PROBE_TARGETS_H
#define UH_PROBE_TARGETS_H

#include "timed_connect.h"
#include "base/hostname.h"
#include "table/table.h"
#include "build/route_text.h"

/* One address to probe. The strings live as long as the table. */
struct uh_probe_target {
	const struct uh_table_route *route;
	struct uh_target target;
	bool original;		    /* the original destination, not a target */
	const char *skipped;	    /* why it is not tried, or NULL */
	const char *note;	    /* a remark for the user, or NULL */
	uint16_t port;		    /* of the connection that the attempt stands for; 0: any */
	bool named;		    /* the user named this one port */
	char name[UH_NAME_MAX + 1]; /* the name of that connection, or "" */
	char text[UH_TARGET_TEXT];  /* the target as text */
};

/* A list for the caller to free(3). */
struct uh_probe_targets {
	struct uh_probe_target *attempt;
	size_t count;
};

/*
 * Adds the targets of all routes of the table, and the original destinations if originals is
 * set. Returns false on failure (reported).
 */
bool uh_probe_targets_add_all(struct uh_probe_targets *attempts, const struct uh_table *table,
			      bool originals);

/*
 * The same for the routes whose destination is text; without such a route, for the route that a
 * connection to text (one address or name, one port) takes. Returns false if there is none, or
 * on failure (reported).
 */
bool uh_probe_targets_add_for(struct uh_probe_targets *attempts, const struct uh_table *table,
			      bool originals, const char *text);

#endif
