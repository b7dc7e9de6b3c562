/* SPDX-License-Identifier: MIT */
/* load_table.h: the configuration as a table. */
#ifndef UH_LOAD_TABLE_H
#define UH_LOAD_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct uh_origin;
struct uh_route;
struct uh_substitute;
struct uh_table;

/* The source of a table, and how its faults are reported. */
struct uh_table_request {
	const char *file;   /* absolute; NULL: UNHAIRPIN_CONF or the default file */
	const char *shown;  /* the name of file in messages, or NULL for file itself */
	const char *routes; /* inline routes, or NULL */
	bool optional;	    /* no error if the file is missing: there are no routes then */
	bool check_owner;   /* the owner of the file must be trusted (uh_parse_request) */
	bool warn_only;	    /* report errors as warnings, and no warnings */
	bool quiet;	    /* report nothing */
	/* As in struct uh_parse_request: */
	struct uh_substitute *substitutes;
	void (*setting)(void *context, const char *name, const char *file, unsigned line);
	void (*route)(void *context, const struct uh_route *route, bool disabled);
	void *context;
};

/*
 * Sets source->file, if it is NULL, to UNHAIRPIN_CONF or to the default file, and
 * source->optional for the default file. Returns false if UNHAIRPIN_CONF is not an absolute
 * path (reported).
 */
bool uh_table_request_default(struct uh_table_request *source);

/*
 * Sets source->file to the absolute path of name, and source->shown to name. *owned, which is
 * freed first, becomes the same path, for free(3). Returns false on failure (reported).
 */
bool uh_table_request_file(struct uh_table_request *source, char **owned, const char *name);

/*
 * Says on stderr, once, that there is no configuration, if the file of source is optional and
 * missing. Call it after uh_table_load().
 */
void uh_note_missing(const struct uh_table_request *source);

/*
 * Reads the configuration as the compiler of routes does. Returns the table, which lives until
 * exit, or NULL (reported) with errno: EINVAL if the configuration has faults, else the reason
 * why it could not be read.
 */
const struct uh_table *uh_table_load(const struct uh_table_request *source);

/*
 * Sets *origin to the origin (freshness.h) that a fresh cache of source must have, for a
 * program that is not AT_SECURE.
 */
void uh_table_request_origin(const struct uh_table_request *source, struct uh_origin *origin);

/*
 * Returns true if there is a cache beside source->file that is damaged or of another version.
 * All of it is read. path (size bytes) becomes its path.
 */
bool uh_cache_beside_is_damaged(const struct uh_table_request *source, char *path, size_t size);

#endif
