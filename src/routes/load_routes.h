/* SPDX-License-Identifier: MIT */
/* load_routes.h: brings the routes in: a compiled form that is there, or what the compiler
 * makes. */
#ifndef UH_LOAD_ROUTES_H
#define UH_LOAD_ROUTES_H

#include "load/cache.h"

/* What there was to read. */
enum uh_routes_load {
	UH_READ_NOTHING, /* no file, no variable: nothing is routed */
	UH_READ_ROUTES,
	UH_READ_FAULTS, /* told in the log */
	UH_READ_FAILED, /* no compiler, no memory, no descriptor: told in the log */
};

/* In what state the process is. */
struct uh_routes_load_how {
	bool first;  /* it has no routes yet: a stale compiled form is better than faults */
	bool paused; /* the compiler failed not long ago: only a fresh compiled form is read */
	bool failure_told, faults_told, routes_told; /* before, and nothing changed since */
	uint32_t limit_ms; /* how long the compiler may take, if no compiled form says so */
};

/*
 * Reads what the variables name. *routes gets the table of UH_READ_ROUTES, or with
 * UH_READ_FAULTS on a first read the one of a stale compiled form, or none; *faulty, with
 * UH_READ_FAULTS, one that holds only the sources. For one caller at a time, with signals
 * blocked (run_compiler.h). Takes no lock and allocates nothing but mappings.
 * Async-signal-safe.
 */
enum uh_routes_load uh_routes_load(struct uh_routes_load_how how, struct uh_cache *routes,
				   struct uh_cache *faulty);

/* True when there is anything to read: a variable of ours, or the default file. errno is kept.
 * Async-signal-safe. */
bool uh_may_have_routes(void);

/* True when that can't change while the process runs. Async-signal-safe. */
bool uh_routes_have_no_file(void);

#endif
