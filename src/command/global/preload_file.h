/* SPDX-License-Identifier: MIT */
/* preload_file.h: /etc/ld.so.preload as a file: read, and replaced in one step. */
#ifndef UH_PRELOAD_FILE_H
#define UH_PRELOAD_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* The file, held from open to close: whoever else opens it waits. */
struct uh_preload_file {
	char *path;    /* for messages */
	char *etc;     /* the directory it's in, without links */
	int directory; /* locked, if it may be written */
	char *text;    /* what is in it; "" if there is none */
	size_t size;
};

/*
 * Reads root's /etc/ld.so.preload (root "": this machine's). Refused, unless it's only for
 * reading, where somebody but root could write it. Returns false when that failed (reported);
 * there is nothing to close then.
 */
bool uh_preload_file_open(struct uh_preload_file *file, const char *root, bool for_reading);

/*
 * Replaces the file by text, or removes it when size is 0. Whenever this is interrupted, the
 * old file is there or the new one. Returns false when that failed (reported).
 */
bool uh_preload_file_write(const struct uh_preload_file *file, const char *text, size_t size);

void uh_preload_file_close(struct uh_preload_file *file);

#endif
