/* SPDX-License-Identifier: MIT */
/* compile.c: `unhairpin compile [FILE]`, which writes the cache that programs map. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "cache.h"
#include "cache_file.h"
#include "command.h"
#include "fresh.h"

enum { COMPILED = 0, FAULTS = 1, CANNOT_TELL = 2 };

#define TRIES 40
#define A_MOMENT 25000000 /* ns; longer than what uh_stamp_is_young counts as young */

static bool complain(const char *path)
{
	uh_error("%s: %s", path, strerror(errno));
	return false;
}

static int told(const struct uh_source *source, const struct uh_cache_file *cache,
		const struct uh_table *table)
{
	uint32_t routes = uh_table_routes(table);

	printf("%s: %u route%s in %s\n", source->shown, routes, routes == 1 ? "" : "s",
	       cache->path);
	return COMPILED;
}

/*
 * Until the sources are as they were read, and were that for long enough to be sure. Where the
 * configuration includes files of its own directory, the cache itself has changed that.
 */
static int make(const struct uh_source *source, struct uh_cache_file *cache)
{
	const struct timespec moment = {.tv_nsec = A_MOMENT};

	for (int i = 0; i < TRIES; i++) {
		const struct uh_table *table = uh_source_table(source);
		bool written, same;

		if (!table)
			return errno == EINVAL ? FAULTS : CANNOT_TELL;
		written = uh_cache_file_write(cache, table) || complain(cache->path);
		same = written && uh_freshness(table) == UH_SAME;
		if (same)
			return told(source, cache, table);
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
	const struct uh_origin origin = {.file = source->file};
	struct uh_cache_file cache;
	char path[PATH_MAX];
	int status;

	if (!uh_cache_path(source->file, path, sizeof(path))) {
		errno = ENAMETOOLONG;
		complain(source->file);
		return CANNOT_TELL;
	}
	if (uh_cache_verify(path, &origin) == UH_CACHE_FRESH) {
		printf("%s: %s is up to date\n", source->shown, path);
		return COMPILED;
	}
	uh_cache_file_begin(&cache, path);
	status = make(source, &cache);
	uh_cache_file_end(&cache);
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
