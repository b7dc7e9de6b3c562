/* SPDX-License-Identifier: MIT */
/* parse_config.h: turns a configuration and inline routes into a table image. */
#ifndef UH_PARSE_CONFIG_H
#define UH_PARSE_CONFIG_H

#include "build/builder.h"

/*
 * A file that is read in the place of another one, which need not exist. A list of substitutes
 * is sorted by path, and ends with path NULL.
 */
struct uh_substitute {
	const char *path;  /* the absolute path that the configuration has it by */
	const char *file;  /* the file that is read; anybody may own it */
	const char *shown; /* its name in faults and routes */
	bool used;	   /* set if the configuration asks for path */
};

/* A request to uh_parse_config. */
struct uh_parse_request {
	const char *file;	   /* absolute path of the configuration, or NULL for none */
	bool optional;		   /* a missing file means no routes; it is not an error */
	const char *inline_routes; /* see inline_routes.c; NULL: none */
	bool check_owner; /* refuse a file that others can write, or that neither root nor this
			     effective user owns */
	bool secure;	  /* with check_owner: accept only files of root (AT_SECURE) */
	bool *faulty; /* if not NULL and there are faults: set to true, and the returned image
			 has no routes, but only the sources */
	struct uh_fault_reporter report;
	/* Called with the setting compile_limit as soon as it is read; may be NULL. */
	void (*limit)(void *context, uint32_t milliseconds);
	/* Called with the place of each setting; may be NULL. The texts live during the call.
	 */
	void (*setting)(void *context, const char *name, const char *file, unsigned line);
	/* Called with each sound route, also if it is disabled or another one replaces it; may
	 * be NULL. The route lives during the call. */
	void (*route)(void *context, const struct uh_route *route, bool disabled);
	void *context;
	struct uh_substitute *substitutes; /* NULL: none */
};

/*
 * Reads the configuration and the inline routes, and builds the table image. Returns the image
 * (see uh_builder_finish) and its size, or NULL with errno: EINVAL if faults were reported (and
 * faulty is NULL), else as the failing call left it (ENOMEM, EMFILE…). Prints nothing: faults
 * go to the request's reporter. Not async-signal-safe. libconfuse ends the process if its
 * scanner runs out of memory.
 */
void *uh_parse_config(const struct uh_parse_request *request, size_t *size);

#endif
