/* SPDX-License-Identifier: MIT */
/* unix_targets.h: reports the Unix targets that a user cannot connect to. */
#ifndef UH_UNIX_TARGETS_H
#define UH_UNIX_TARGETS_H

#include <stdbool.h>

#include "command/inspect/socket_access.h"
#include "report.h"

struct uh_table;

/* The user and process whose access to sockets is checked. */
struct uh_client {
	const char *name; /* name in findings */
	const char *root; /* path of its root directory; "" for this process's */
	struct uh_credentials identity;
	bool other_network; /* it is in another network name space */
};

/* Reports each Unix target in the table that the client cannot connect to. */
void uh_doctor_unix_targets(struct uh_doctor_report *report, const struct uh_table *table,
			    const struct uh_client *client);

/*
 * Calls visit for each Unix target of each route, with its path ("@name" for an abstract one).
 * A target with %p or %a has several paths: visit is called for each, or, if they are more than
 * 16, once with the directory of them all, which ends in "/".
 */
void uh_each_unix_target(const struct uh_table *table,
			 void (*visit)(void *context, const char *route, const char *path),
			 void *context);

#endif
