/* SPDX-License-Identifier: MIT */
/* load_routes.h: loads the routes: from a compiled form, or by the compiler of routes. */
#ifndef UH_LOAD_ROUTES_H
#define UH_LOAD_ROUTES_H

#include "load/cache.h"

/* The result of uh_routes_load. */
enum uh_routes_load {
	UH_READ_NOTHING, /* no file and no variable: nothing is routed */
	UH_READ_ROUTES,
	UH_READ_FAULTS, /* logged */
	UH_READ_FAILED, /* no compiler, no memory or no descriptor; logged */
};

/* The state of the process. */
struct uh_routes_load_how {
	bool first;  /* no routes yet: a stale compiled form is better than faults */
	bool paused; /* the compiler failed recently: only a fresh compiled form is read */
	bool failure_told, faults_told, routes_told; /* logged before; nothing changed since */
	uint32_t limit_ms; /* for the compiler, if no compiled form says how long it may take */
};

/*
 * Reads the configuration that the variables name. *routes gets the table with UH_READ_ROUTES;
 * with UH_READ_FAULTS on a first read it gets that of a stale compiled form, if there is one.
 * *faulty gets, with UH_READ_FAULTS, a table that holds only the sources. Only one thread at a
 * time may call this, with signals blocked (run_compiler.h). Takes no lock; allocates nothing
 * except mappings. errno is not kept. Async-signal-safe.
 */
enum uh_routes_load uh_routes_load(struct uh_routes_load_how how, struct uh_cache *routes,
				   struct uh_cache *faulty);

/*
 * True if there is anything to read: a variable of ours, or the default file. errno is kept.
 * Async-signal-safe.
 */
bool uh_may_have_routes(void);

/*
 * Logs at debug level that the default configuration is missing. Call it if there is nothing to
 * read. Async-signal-safe.
 */
void uh_routes_tell_missing(void);

/*
 * True if no file has to be checked for changes: there is none, and none can appear while the
 * process runs. Async-signal-safe.
 */
bool uh_routes_have_no_file(void);

#endif
