/* SPDX-License-Identifier: MIT */
/* read.h: brings the configuration in: from its cache where that is fresh, else from the text.
 */
#ifndef UH_READ_H
#define UH_READ_H

#include <signal.h>

#include "cache.h"

/* What there was to read. */
enum uh_read {
	UH_READ_NOTHING, /* no file, no variable: nothing is routed */
	UH_READ_ROUTES,
	UH_READ_FAULTS, /* told in the log */
	UH_READ_FAILED, /* no memory, no descriptor, no parser, not here: told in the log */
};

/* In what state the process is. */
struct uh_read_how {
	bool first;	      /* it has no routes yet: a stale cache is better than faults */
	const sigset_t *mask; /* of this thread: the parser isn't loaded in a signal handler */
	bool failure_told, faults_told, routes_told; /* before, and nothing changed since */
};

/*
 * Reads what the variables name. *routes gets the table of UH_READ_ROUTES, or with
 * UH_READ_FAULTS the one of a stale cache, or none; *faulty, with UH_READ_FAULTS, one that
 * holds only what was read. Async-signal-safe as long as there is a fresh cache, or nothing to
 * read; else not: it loads the parser.
 */
enum uh_read uh_read(struct uh_read_how how, struct uh_mapped *routes,
		     struct uh_mapped *faulty);

/* True when there is anything to read: a variable of ours, or the default file. errno is kept.
 * Async-signal-safe. */
bool uh_may_have_routes(void);

/* True when that can't change while the process runs. Async-signal-safe. */
bool uh_reads_no_file(void);

#endif
