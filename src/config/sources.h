/* SPDX-License-Identifier: MIT */
/* sources.h: the queue of files to read: the main one, then what include() names. */
#ifndef UH_SOURCES_H
#define UH_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct uh_config;

#ifndef UH_SOURCE_LIMIT /* the fuzzers' is smaller: a sanitizer pays for each byte of it */
#define UH_SOURCE_LIMIT                                                                        \
	(10 << 20) /* bytes; a configuration that reaches it is something else */
#endif

/* name is owned. from and line say where it was included; from is NULL for the main file. */
struct uh_source {
	char *name;
	const char *from;
	unsigned line;
	dev_t device; /* with inode, once opened: a file is read once, however it is named */
	ino_t inode;
};

/* Names stay where they are until uh_sources_free: faults and routes point at them. */
struct uh_sources {
	struct uh_source *list;
	size_t count;
	size_t next;
};

/* Adds a file to the queue. */
void uh_source_add(struct uh_config *config, const char *name, const char *from, unsigned line);

/* include(): adds the absolute file, or all that the absolute glob(7) pattern matches, sorted.
 */
void uh_source_include(struct uh_config *config, unsigned line, const char *pattern);

/*
 * Opens, checks and reads the next file of the queue, and makes it config->file. Returns its
 * text (malloc'ed, *size bytes, no NUL added), or NULL when it is not to be read: reported, or
 * missing though optional, or read already.
 */
char *uh_source_read(struct uh_config *config, size_t *size);

/*
 * Opens a file for reading: close-on-exec, never waiting, never as descriptor 0, 1 or 2, which
 * are the program's even while it has them closed. Returns -1 with errno as open(2).
 */
int uh_open(const char *name);

void uh_sources_free(struct uh_sources *sources);

#endif
