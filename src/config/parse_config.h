/* SPDX-License-Identifier: MIT */
/* parse_config.h: turns a configuration and inline routes into a table image. */
#ifndef UH_PARSE_CONFIG_H
#define UH_PARSE_CONFIG_H

#include "build/builder.h"

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
	void *context;
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
