/* SPDX-License-Identifier: MIT */
/* config.h: what the parts of one parse share; nothing of it leaves this room. */
#ifndef UH_CONFIG_H
#define UH_CONFIG_H

#include "parse_config.h"
#include "route_block.h"
#include "settings.h"
#include "sources.h"
#include "dependencies.h"

struct uh_accounts; /* /etc/passwd as a map; the type stays in user_names.c */

/* One parse, from uh_parse_config's call to its return. */
struct uh_config {
	const struct uh_parse_request *request;
	struct uh_fault_reporter
	    report;	 /* counts, then passes on to the request's; the builder has it too */
	unsigned errors; /* faults that were no warnings */
	int failure;	 /* errno of what was not the configuration's fault, or 0 */
	struct uh_builder *builder;
	struct uh_sources sources;
	struct uh_dependencies watches;
	const char *file;	     /* being read: where uh_fault puts its faults */
	struct uh_route_block draft; /* the route being read */
	struct uh_settings settings;
	struct uh_accounts *accounts; /* read when the first user name is met */
};

/* What faults of inline routes name as their file. */
#define UH_INLINE_FILE "UNHAIRPIN_ROUTES"

/* Sets up report so that faults are counted and cleaned of control bytes on their way to
 * request. */
void uh_faults_begin(struct uh_config *config, const struct uh_parse_request *request);

/* Reports an error at config->file (line 0: the whole file). The text is cut at 1023 bytes. */
__attribute__((format(printf, 3, 4))) void uh_fault(struct uh_config *config, unsigned line,
						    const char *format, ...);

/* The same for what is no error, but hardly meant. */
__attribute__((format(printf, 3, 4))) void uh_warn(struct uh_config *config, unsigned line,
						   const char *format, ...);

/* Notes a failure that is not the configuration's fault; the first one is kept. */
void uh_fail(struct uh_config *config, int error);

/*
 * Makes room for one more item of size bytes after count of them; array is NULL when count is
 * 0. Returns the array, maybe moved, or NULL (the old one stays valid) after uh_fail(ENOMEM).
 * Room doubles at every power of two, so nobody has to remember a capacity.
 */
void *uh_grow(struct uh_config *config, void *array, size_t count, size_t size);

/*
 * Reads one file's text (size bytes; see uh_source_read) through grammar.c and libconfuse:
 * routes go to the builder, settings to config->settings, includes to config->sources. Returns
 * false when the text held nothing but blanks and comments. Not reentrant: libconfuse is not.
 */
bool uh_file_parse(struct uh_config *config, const char *text, size_t size);

/* Reads the inline routes (see inline_routes.c). text may be NULL. Returns how many there were.
 */
unsigned uh_inline_parse(struct uh_config *config, const char *text);

/*
 * Finds a user by number or by its name in /etc/passwd. Returns false after uh_fault at line,
 * or uh_fail.
 */
bool uh_user_find(struct uh_config *config, unsigned line, const char *name, uint32_t *id);
void uh_accounts_free(struct uh_accounts *accounts);

#endif
