/* SPDX-License-Identifier: MIT */
/* compile.c: `unhairpin compile [FILE]`, which writes the cache that programs map. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "cache.h"
#include "command.h"
#include "fresh.h"
#include "parser.h"

enum { COMPILED = 0, FAULTS = 1, CANNOT_TELL = 2 };

#define TRIES 40
#define A_MOMENT 25000000 /* ns; longer than what uh_stamp_is_young counts as young */

/* The cache that is being made. fd: of the file under path, once it is in place, else -1. */
struct making {
	char path[PATH_MAX];
	int fd;
	size_t size;
};

static bool complain(const char *path)
{
	uh_error("%s: %s", path, strerror(errno));
	return false;
}

static bool write_all(int fd, const struct uh_table *table)
{
	size_t size = uh_table_size(table), done = 0;

	while (done < size) {
		ssize_t wrote =
		    pwrite(fd, (const char *)table + done, size - done, (off_t)done);

		if (wrote < 0 && errno != EINTR)
			return false;
		done += wrote > 0 ? (size_t)wrote : 0;
	}
	return fsync(fd) == 0;
}

/* So that the new name outlives a crash of the machine; where that can't be had it isn't. */
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

/* A new file takes the old one's place as a whole: whoever has that mapped keeps it. */
static bool put_in_place(struct making *making, const struct uh_table *table)
{
	char temporary[PATH_MAX + sizeof(".XXXXXX")];

	if (making->fd >= 0)
		close(making->fd);
	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", making->path);
	making->size = uh_table_size(table);
	making->fd = mkostemp(temporary, O_CLOEXEC);
	if (making->fd < 0)
		return complain(temporary);
	if (write_all(making->fd, table) && fchmod(making->fd, 0644) == 0 &&
	    rename(temporary, making->path) == 0) {
		sync_directory(making->path);
		return true;
	}
	complain(temporary);
	unlink(temporary);
	return false;
}

/*
 * Where the configuration was only looked at again, nothing but its sources' stamps is another:
 * they are written over the old ones, as a new file would change the directory once more. A
 * program that looks meanwhile finds a damaged cache at worst.
 */
static bool write_cache(struct making *making, const struct uh_table *table)
{
	if (making->fd < 0 || making->size != uh_table_size(table))
		return put_in_place(making, table);
	return write_all(making->fd, table) || complain(making->path);
}

static int told(const struct uh_source *source, const struct making *making,
		const struct uh_table *table)
{
	uint32_t routes = uh_table_routes(table);

	printf("%s: %u route%s in %s\n", source->shown, routes, routes == 1 ? "" : "s",
	       making->path);
	return COMPILED;
}

/*
 * Until the sources are as they were read, and were that for long enough to be sure. Where the
 * configuration includes files of its own directory, the cache itself has changed that.
 */
static int make(const struct uh_source *source, struct making *making)
{
	const struct timespec moment = {.tv_nsec = A_MOMENT};

	for (int i = 0; i < TRIES; i++) {
		const struct uh_table *table = uh_source_table(source);
		bool written, same;

		if (!table)
			return errno == EINVAL ? FAULTS : CANNOT_TELL;
		written = write_cache(making, table);
		same = written && uh_freshness(table) == UH_SAME;
		if (same)
			return told(source, making, table);
		munmap((void *)table, uh_table_size(table));
		if (!written)
			return CANNOT_TELL;
		nanosleep(&moment, NULL);
	}
	uh_error("%s: changes all the time; expected it to stay the same for a while",
		 source->shown);
	return CANNOT_TELL;
}

static int compile(const struct uh_source *source)
{
	struct making making = {.fd = -1};
	int status;

	if (!uh_cache_path(source->file, making.path, sizeof(making.path))) {
		errno = ENAMETOOLONG;
		complain(source->file);
		return CANNOT_TELL;
	}
	if (uh_cache_verify(source->file) == UH_CACHE_FRESH) {
		printf("%s: %s is up to date\n", source->shown, making.path);
		return COMPILED;
	}
	status = make(source, &making);
	if (making.fd >= 0)
		close(making.fd);
	return status;
}

static int compile_file(struct uh_source *source, const char *name)
{
	char *file = uh_absolute_path(name);
	int status;

	if (!file)
		return CANNOT_TELL;
	source->file = file;
	source->shown = name;
	status = compile(source);
	free(file);
	return status;
}

static int compile_default(struct uh_source *source)
{
	if (!uh_source_default(source))
		return FAULTS;
	source->optional = false;
	source->shown = source->file;
	return compile(source);
}

int uh_command_compile(const struct uh_command *command, int argc, char **argv)
{
	struct uh_source source = {.check_owner = true};
	int key = uh_option_next(command, argc, argv), status;

	if (key != UH_OPTIONS_END)
		return uh_option_status(command, key);
	if (argc - optind > 1)
		return uh_usage_error(command, "unexpected '%s'; expected one FILE",
				      argv[optind + 1]);
	uh_output_begin();
	status = optind < argc ? compile_file(&source, argv[optind]) : compile_default(&source);
	return uh_output_end(status, CANNOT_TELL);
}
