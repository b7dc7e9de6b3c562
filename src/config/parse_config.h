/* SPDX-License-Identifier: MIT */
/* parse_config.h: a configuration and inline routes into a table image. */
#ifndef UH_PARSE_CONFIG_H
#define UH_PARSE_CONFIG_H

#include "build/builder.h"

/* What to read. */
struct uh_parse_request {
	const char *file;	   /* absolute path of the configuration, or NULL for none */
	bool optional;		   /* a missing file means no routes, not an error */
	const char *inline_routes; /* "DEST=TARGET[,TARGET]… DEST=TARGET…" or NULL: see
				      inline_routes.c */
	bool check_owner; /* refuse files not owned by root or this effective user, or writable
			     by others */
	bool secure;	  /* with check_owner: root's files alone (AT_SECURE) */
	bool *faulty; /* NULL, or set when the image that is returned has no routes but only the
			 sources, since they have faults */
	struct uh_fault_reporter report;
	/* Told of the setting compile_limit as soon as it is read; or NULL. */
	void (*limit)(void *context, uint32_t milliseconds);
	void *context;
};

/*
 * Reads the configuration and the inline routes and builds the table image. Returns the image
 * (see uh_builder_finish) with its size, or NULL with errno EINVAL when faults were reported
 * (and faulty is NULL), else as the failing call left it (ENOMEM, EMFILE…). No fault is
 * printed; the request's report is told. Not async-signal-safe; libconfuse ends the process if
 * its scanner runs out of memory.
 */
void *uh_parse_config(const struct uh_parse_request *request, size_t *size);

#endif
