/* SPDX-License-Identifier: MIT */
/* builder.h: turns routes into a table image, and reports contradictions among them. */
#ifndef UH_BUILDER_H
#define UH_BUILDER_H

#include "table/table.h"

struct uh_builder; /* see layout.h */

/* A fault. Everything that it points to lives during the report alone. */
struct uh_fault {
	bool warning;	  /* the table can still be used */
	const char *file; /* or NULL */
	unsigned line;	  /* from 1; 0: the whole file */
	struct uh_position position;
	const char *text; /* a sentence */
};

/* Receives each fault. */
struct uh_fault_reporter {
	void (*fault)(void *context, const struct uh_fault *fault);
	void *context;
};

/* A new, empty builder, or NULL with errno ENOMEM. Freed by uh_builder_free. */
struct uh_builder *uh_builder_new(const struct uh_fault_reporter *report);
void uh_builder_free(struct uh_builder *builder);

/*
 * Adds a copy of the route. Two routes contradict each other if they have equal address, prefix
 * length, ports, programs and users, and a protocol in common; that is reported with the places
 * of both. But a route with overrides (an inline route) replaces an equal route without
 * overrides, and one with route->replaces an equal one of a file that was added before; it is a
 * warning if there is none. Returns 0, or -1 with errno EEXIST or EINVAL (reported) or ENOMEM.
 */
int uh_builder_add(struct uh_builder *builder, const struct uh_route *route, bool overrides);

/*
 * Checks a route by itself, and does not add it. Returns 0, or -1 with errno EINVAL (reported)
 * or ENOMEM.
 */
int uh_builder_check(struct uh_builder *builder, const struct uh_route *route);

/*
 * Adds an address of one of this host's interfaces, which is then never a stand-in. Returns 0,
 * or -1 with errno ENOMEM.
 */
int uh_builder_interface(struct uh_builder *builder, const struct uh_address *address);

/* True if a name has a route. */
bool uh_builder_has_names(const struct uh_builder *builder);

/* The default settings. */
extern const struct uh_table_settings uh_default_settings;

/* Sets the settings; log_to is a text, copied. Returns 0, or -1 with errno ENOMEM. */
int uh_builder_settings(struct uh_builder *builder, const struct uh_table_settings *settings,
			const char *log_to);

/*
 * Adds a file or directory that the routes were read from, in the order of reading. Returns 0,
 * or -1 with errno ENOMEM.
 */
int uh_builder_source(struct uh_builder *builder, const char *path, enum uh_source_kind kind,
		      const struct uh_stamp *stamp);

/*
 * Sets the public addresses of this host, which none of its interfaces has: a text with blanks
 * between them, copied. Returns 0, or -1 with errno ENOMEM.
 */
int uh_builder_publics(struct uh_builder *builder, const char *addresses);

/* Sets the text of the inline routes, copied. Returns 0, or -1 with errno ENOMEM. */
int uh_builder_inline(struct uh_builder *builder, const char *routes);

/*
 * Writes the image into new anonymous memory (mmap(2), private, read-only when done) of *size
 * bytes, which the caller unmaps. Reports port ranges of one width that overlap, names without
 * a free stand-in, and loops (a target that is itself routed). Returns NULL with errno EINVAL
 * if a fault was reported, ENOMEM, or EOVERFLOW if the image would exceed 4 GiB.
 */
void *uh_builder_finish(struct uh_builder *builder, size_t *size);

#endif
