/* SPDX-License-Identifier: MIT */
/* restarts.h: the units to restart, so that their processes load the preload object. */
#ifndef UH_RESTARTS_H
#define UH_RESTARTS_H

#include <jansson.h>
#include <stdio.h>

#include "command/inspect/process_unit.h"

/* The processes to restart, in groups of one unit. Zero it before its first use. */
struct uh_restarts {
	struct uh_restart {
		struct uh_process_unit unit;
		pid_t *process; /* owned */
		size_t count;
	} * group;
	size_t count;
};

/* Adds a process of a unit. Reports it if memory ran out. */
void uh_restarts_add(struct uh_restarts *restarts, pid_t process,
		     const struct uh_process_unit *unit);
void uh_restarts_free(struct uh_restarts *restarts);

/*
 * Prints the commands that restart the units, one a line for the system and each user, and then
 * what no command of systemd restarts. Prints nothing if there is nothing to restart.
 */
void uh_restarts_print(const struct uh_restarts *restarts, FILE *out);

/* Returns the commands as a new JSON array of strings, or NULL if memory ran out. */
json_t *uh_restarts_commands(const struct uh_restarts *restarts);

/*
 * Returns the groups as a new JSON array of objects, or NULL if memory ran out: "unit" (null if
 * there is none), "user" (the id of a user's manager, or null), "kind" ("service", "scope",
 * "systemd" or "none") and "pids".
 */
json_t *uh_restarts_units(const struct uh_restarts *restarts);

#endif
