/* SPDX-License-Identifier: MIT */
/* config.h: the state of one parse, shared by the files of this folder alone. */
#ifndef UH_CONFIG_H
#define UH_CONFIG_H

#include "base/array.h"
#include "parse_config.h"
#include "route_block.h"
#include "settings.h"
#include "sources.h"
#include "dependencies.h"
#include "service_names.h"
#include "build/route_text.h"

struct uh_accounts; /* /etc/passwd as a uthash map: see user_names.c */

/* The state of one parse, for the duration of uh_parse_config. */
struct uh_config {
	const struct uh_parse_request *request;
	struct uh_fault_reporter report; /* counts faults, then passes them to the request's
					    reporter; the builder has a copy */
	unsigned errors;		 /* number of faults, warnings not included */
	int failure; /* errno of a failure that is not the configuration's fault, or 0 */
	struct uh_builder *builder;
	struct uh_sources sources;
	struct uh_dependencies dependencies;
	const char *file; /* the file being parsed, to which uh_fault attributes faults */
	struct uh_position
	    position;		/* the value being read, of which uh_fault reports faults */
	unsigned position_line; /* its line; a fault of another line has no position */
	struct uh_route_block block; /* the route being parsed */
	struct uh_settings settings;
	struct uh_service_names services;
	struct uh_accounts *accounts; /* NULL until the first user name is looked up */
};

/* The file name that faults of inline routes have. */
#define UH_INLINE_FILE "UNHAIRPIN_ROUTES"

/*
 * Sets up config->report, which counts each fault, removes control bytes from its text, and
 * passes it to the request's reporter.
 */
void uh_faults_begin(struct uh_config *config, const struct uh_parse_request *request);

/* Sets config->position and its line; a position without a line is unknown. */
void uh_position_set(struct uh_config *config, struct uh_position position, unsigned line);

/*
 * Reports an error in config->file (line 0: the whole file), at config->position if that is on
 * the line. The text is cut at 1023 bytes.
 */
__attribute__((format(printf, 3, 4))) void uh_fault(struct uh_config *config, unsigned line,
						    const char *format, ...);

/* Reports a warning in config->file: valid, but probably a mistake. */
__attribute__((format(printf, 3, 4))) void uh_warn(struct uh_config *config, unsigned line,
						   const char *format, ...);

/* Records a failure that is not the configuration's fault. Only the first one is recorded. */
void uh_fail(struct uh_config *config, int error);

/*
 * Returns the index of value among words, which NULL ends, or -1 after a report: "unknown WHAT
 * …; expected EXPECTED", with the word that was probably meant.
 */
int uh_word_parse(struct uh_config *config, unsigned line, const char *what, const char *value,
		  const char *const *words, const char *expected);

/*
 * Writes " (did you mean "WORD"?)" into text (UH_WHY bytes), or "" if no word is near value.
 * Returns text.
 */
const char *uh_did_you_mean(const char *value, const char *const *words, char *text);

/*
 * Parses the text of one file (size bytes; see uh_source_read) by grammar.c and libconfuse.
 * Routes go to the builder, settings to config->settings, includes to config->sources. Returns
 * false if the text has only blanks and comments. Not reentrant, because libconfuse is not.
 */
bool uh_file_parse(struct uh_config *config, const char *text, size_t size);

/*
 * Parses the inline routes (see inline_routes.c). text may be NULL. Returns the number of
 * routes.
 */
unsigned uh_inline_parse(struct uh_config *config, const char *text);

/*
 * Finds a user by number, or by name in /etc/passwd. Returns false after uh_fault at line, or
 * after uh_fail. The accounts that it has read are freed by uh_accounts_free.
 */
bool uh_user_find(struct uh_config *config, unsigned line, const char *name, uint32_t *id);
void uh_accounts_free(struct uh_accounts *accounts);

#endif
