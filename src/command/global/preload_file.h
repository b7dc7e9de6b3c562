/* SPDX-License-Identifier: MIT */
/* preload_file.h: reads /etc/ld.so.preload, and replaces it atomically. */
#ifndef UH_PRELOAD_FILE_H
#define UH_PRELOAD_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* The open file. A lock keeps other commands out until it is closed. */
struct uh_preload_file {
	char *path;    /* its path, for messages */
	char *etc;     /* its directory, without symbolic links */
	int directory; /* its descriptor; locked unless opened for reading */
	char *text;    /* its text; "" if there is no file */
	size_t size;
};

/*
 * Reads /etc/ld.so.preload below root ("" for this machine). Unless for_reading is set, a file
 * that another user than root could write is refused. Returns false on failure (reported);
 * nothing needs closing then.
 */
bool uh_preload_file_open(struct uh_preload_file *file, const char *root, bool for_reading);

/*
 * Replaces the file by text, or removes it if size is 0. An interruption leaves either the old
 * file or the new one. Returns false on failure (reported).
 */
bool uh_preload_file_write(const struct uh_preload_file *file, const char *text, size_t size);

void uh_preload_file_close(struct uh_preload_file *file);

#endif
