/* SPDX-License-Identifier: MIT */
/* probe_targets.h: what `unhairpin probe` connects to. */
#ifndef UH_PROBE_TARGETS_H
#define UH_PROBE_TARGETS_H

#include "timed_connect.h"
#include "base/hostname.h"
#include "table/table.h"
#include "build/route_text.h"

/* One connection to be tried; its texts live as long as the table. */
struct uh_probe_target {
	const struct uh_table_route *route;
	struct uh_target target;
	bool original;		   /* it's where the program asks to go, not a target */
	const char *skipped;	   /* why it isn't tried, or NULL */
	const char *note;	   /* what else to know, or NULL */
	char text[UH_TARGET_TEXT]; /* the target for people */
};

/* A list of attempts, owned. */
struct uh_probe_targets {
	struct uh_probe_target *attempt;
	size_t count;
};

/*
 * Adds the attempts for all routes of the table, each with its original destination where
 * originals is set. False: no memory, reported.
 */
bool uh_probe_targets_add_all(struct uh_probe_targets *attempts, const struct uh_table *table,
			      bool originals);

/*
 * The same for the routes whose destination is text, else for the route that a connection to
 * text (one address or name, and one port) takes. False: there is none, or no memory; reported.
 */
bool uh_probe_targets_add_for(struct uh_probe_targets *attempts, const struct uh_table *table,
			      bool originals, const char *text);

#endif
