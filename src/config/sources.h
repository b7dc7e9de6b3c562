/* SPDX-License-Identifier: MIT */
/* sources.h: the queue of files to read: the main file, then the included ones. */
#ifndef UH_SOURCES_H
#define UH_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "table/route.h"

struct uh_config;

#ifndef UH_SOURCE_LIMIT /* the fuzzers set a smaller one: a sanitizer pays for each byte */
#define UH_SOURCE_LIMIT (10 << 20) /* bytes; no real configuration is as long */
#endif

/*
 * A file to read. name is owned. from and line are the place of the include(); from is NULL for
 * the main file. substitute is the file that is opened instead, or NULL.
 */
struct uh_source {
	char *name;
	const char *substitute;
	const char *from;
	unsigned line;
	struct uh_position position; /* of the include() */
	char *text;		     /* once read; owned, because positions point into it */
	dev_t device; /* with inode, once opened: identifies a file that was read before */
	ino_t inode;
};

/*
 * The queue. Names do not move until uh_sources_free, because faults and routes point to them.
 */
struct uh_sources {
	struct uh_source *list;
	size_t count;
	size_t next;
};

/*
 * Adds a file to the queue, or its substitute (struct uh_substitute). from and line are as in
 * struct uh_source. Out of memory: uh_fail.
 */
void uh_source_add(struct uh_config *config, const char *name, const char *from, unsigned line);

/*
 * The option include(): adds a file by its absolute path, or all files that an absolute glob(7)
 * pattern matches, sorted.
 */
void uh_source_include(struct uh_config *config, unsigned line, const char *pattern);

/*
 * Opens, checks and reads the next file of the queue, and makes it config->file. Returns its
 * text (the queue's, *size bytes and a NUL), or NULL if there is nothing to parse: reported,
 * missing though optional, or read before.
 */
const char *uh_source_read(struct uh_config *config, size_t *size);

/*
 * Opens a file for reading: close-on-exec, without waiting, and never as descriptor 0, 1 or 2,
 * even if these are closed. Returns -1 with errno as open(2).
 */
int uh_open(const char *name);

/* Frees the queue and its names. */
void uh_sources_free(struct uh_sources *sources);

#endif
