/* SPDX-License-Identifier: MIT */
/* builder.h: turns routes into a table image, and finds the contradictions among them. */
#ifndef UH_BUILDER_H
#define UH_BUILDER_H

#include "table/table.h"

struct uh_builder; /* holds uthash maps; the types stay in src/core/builder.c */

/* Told of each fault: where it is (file may be NULL) and a sentence. warning: the table is
 * usable. */
struct uh_fault_reporter {
	void (*fault)(void *context, bool warning, const char *file, unsigned line,
		      const char *text);
	void *context;
};

/* A new, empty builder, or NULL with errno ENOMEM. Freed by uh_builder_free. */
struct uh_builder *uh_builder_new(const struct uh_fault_reporter *report);
void uh_builder_free(struct uh_builder *builder);

/*
 * Adds a copy of the route. Reports two routes for the same thing (same address, prefix length
 * and ports, or port ranges of one width that overlap, with a protocol in common and the same
 * kind of programs and users), naming both places. Returns 0, or -1 with errno EEXIST
 * (reported) or ENOMEM. A route for which overrides is true (an inline one) replaces an equal
 * one without a report.
 */
int uh_builder_add(struct uh_builder *builder, const struct uh_route *route, bool overrides);

/* An address of an interface of this host: no stand-in will be the same. -1 with errno ENOMEM.
 */
int uh_builder_interface(struct uh_builder *builder, const struct uh_address *address);

/* True when a name has a route. */
bool uh_builder_has_names(const struct uh_builder *builder);

/* What holds where the configuration says nothing. */
extern const struct uh_table_settings uh_default_settings;

/* Sets the settings; log_to is a text, copied. */
int uh_builder_settings(struct uh_builder *builder, const struct uh_table_settings *settings,
			const char *log_to);

/* Adds what the routes were read from, in the order of reading. 0, or -1 with errno ENOMEM. */
int uh_builder_source(struct uh_builder *builder, const char *path, enum uh_source_kind kind,
		      const struct uh_stamp *stamp);

/* Sets the addresses that are this host's, though on none of its interfaces: a text with blanks
 * between them, copied. -1 with errno ENOMEM. */
int uh_builder_publics(struct uh_builder *builder, const char *addresses);

/* Sets the text that inline routes were read from, copied. -1 with errno ENOMEM. */
int uh_builder_inline(struct uh_builder *builder, const char *routes);

/*
 * Writes the image into new anonymous memory (mmap(2), private, read-only when done), *size
 * bytes, which the caller ends with munmap(2). Reports loops (a target that is itself routed).
 * Returns NULL with errno EINVAL when a fault was reported, ENOMEM, or EOVERFLOW when it would
 * pass 4 GiB.
 */
void *uh_builder_finish(struct uh_builder *builder, size_t *size);

#endif
