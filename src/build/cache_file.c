/* SPDX-License-Identifier: MIT */
/* cache_file.c: writes a table image to a file that programs may be mapping. */
#include "cache_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/write_all.h"

static bool write_image(const struct uh_cache_file *file, const struct uh_table *table)
{
	return lseek(file->fd, 0, SEEK_SET) == 0 &&
	       uh_write_all(file->fd, table, uh_table_size(table)) &&
	       (!file->durable || fsync(file->fd) == 0);
}

/* fsync the directory so that the new name survives a crash of the machine. Best effort. */
static void sync_directory(const char *path)
{
	char directory[PATH_MAX];
	int fd;

	snprintf(directory, sizeof(directory), "%.*s/", (int)(strrchr(path, '/') - path), path);
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

/* The file is readable by those who can read all of its sources. */
static mode_t mode_for(const struct uh_table *table)
{
	mode_t mode = 0644;

	for (uint32_t i = 0; i < uh_table_sources(table); i++) {
		const struct uh_table_source *source = uh_table_source(table, i);

		if (source && source->kind != UH_SOURCE_OTHER && source->stamp.mode)
			mode &= source->stamp.mode | 0600;
	}
	return mode;
}

/*
 * A new file replaces the old one by rename(2), so programs that have mapped the old file keep
 * it.
 */
static bool put_in_place(struct uh_cache_file *file, const struct uh_table *table)
{
	char temporary[PATH_MAX + sizeof(".XXXXXX")];
	int error;

	uh_cache_file_end(file);
	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", file->path);
	file->size = uh_table_size(table);
	file->fd = mkostemp(temporary, O_CLOEXEC);
	if (file->fd < 0)
		return false;
	if (write_image(file, table) && fchmod(file->fd, mode_for(table)) == 0 &&
	    rename(temporary, file->path) == 0) {
		if (file->durable)
			sync_directory(file->path);
		return true;
	}
	error = errno;
	unlink(temporary);
	errno = error;
	return false;
}

bool uh_cache_file_begin(struct uh_cache_file *file, const char *path, bool durable)
{
	*file = (struct uh_cache_file){.fd = -1, .durable = durable};
	if (strlen(path) < sizeof(file->path)) {
		strcpy(file->path, path);
		return true;
	}
	errno = ENAMETOOLONG;
	return false;
}

/*
 * Writes over the file that was put in place if the size is the same, because then only the
 * stamps of the sources differ, and a new file would change the directory once more. A program
 * that maps the file during the write finds a damaged image at worst.
 */
bool uh_cache_file_write(struct uh_cache_file *file, const struct uh_table *table)
{
	if (file->fd < 0 || file->size != uh_table_size(table))
		return put_in_place(file, table);
	return write_image(file, table);
}

void uh_cache_file_end(struct uh_cache_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}
