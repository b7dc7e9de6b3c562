/* SPDX-License-Identifier: MIT */
/* cache_file.h: writes a table image to a file. */
#ifndef UH_CACHE_FILE_H
#define UH_CACHE_FILE_H

#include <limits.h>

#include "table/table.h"

/*
 * A cache file while it is written. fd is open for the file at path once that is in place, else
 * -1.
 */
struct uh_cache_file {
	char path[PATH_MAX];
	int fd;
	size_t size;
	bool durable;
};

/*
 * Prepares to write the file at path, which is copied. durable: the file must survive a crash
 * of the machine (fsync(2)), which may take seconds. False with errno ENAMETOOLONG.
 */
bool uh_cache_file_begin(struct uh_cache_file *file, const char *path, bool durable);

/*
 * Writes the image. The first call writes a new file, readable by those who can read its
 * sources, and renames it to path (rename(2)). A later call with an image of the same size
 * writes over that file. Returns false with errno as the failing call left it.
 */
bool uh_cache_file_write(struct uh_cache_file *file, const struct uh_table *table);

/* Closes the file; it stays on disk. */
void uh_cache_file_end(struct uh_cache_file *file);

#endif
