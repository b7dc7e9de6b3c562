/* SPDX-License-Identifier: MIT */
/* cache_file.h: writes a table image to a file. */
#ifndef UH_CACHE_FILE_H
#define UH_CACHE_FILE_H

#include <limits.h>

#include "table/table.h"

/* A file that is written. fd: of the file under path once it is in place, else -1. */
struct uh_cache_file {
	char path[PATH_MAX];
	int fd;
	size_t size;
	bool durable;
};

/*
 * Begins with the file at path, which is copied. durable: it is to outlive a crash of the
 * machine (fsync(2)), which may take seconds. False with errno ENAMETOOLONG.
 */
bool uh_cache_file_begin(struct uh_cache_file *file, const char *path, bool durable);

/*
 * Writes the image: the first time into a new file, readable by those who can read its sources,
 * that then takes the place of path (rename(2)); again, with an image of the same size, into
 * that file. Returns false with errno as the failing call left it.
 */
bool uh_cache_file_write(struct uh_cache_file *file, const struct uh_table *table);

/* Closes the file, which stays. */
void uh_cache_file_end(struct uh_cache_file *file);

#endif
