/* SPDX-License-Identifier: MIT */
/* compile_source.c: compiles a configuration into a file, for `compile`, `global` and `run`. */
#include "compile_source.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "load/cache.h"
#include "build/cache_file.h"
#include "diag.h"
#include "load_table.h"

#define TRIES 40
#define A_MOMENT 25000000 /* nanoseconds; longer than a file is "young" (uh_stamp_is_young) */

static const char *name_of(const struct uh_table_request *source)
{
	if (source->shown)
		return source->shown;
	return source->file ? source->file : "UNHAIRPIN_ROUTES";
}

/*
 * Compiles until the sources stay unchanged from reading to writing and no file is young. The
 * first attempt may itself change the directory that the configuration includes.
 */
static const struct uh_table *try_often(const struct uh_table_request *source,
					struct uh_cache_file *file)
{
	const struct timespec moment = {.tv_nsec = A_MOMENT};

	for (int i = 0; i < TRIES; i++) {
		const struct uh_table *table = uh_table_load(source);
		bool written;

		if (!table)
			return NULL;
		written = uh_cache_file_write(file, table);
		if (written && uh_freshness(table) == UH_SAME)
			return table;
		if (!written)
			uh_error("%s: cannot be written: %s", file->path, strerror(errno));
		munmap((void *)table, uh_table_size(table));
		if (!written) {
			errno = EIO;
			return NULL;
		}
		nanosleep(&moment, NULL);
	}
	uh_error("%s: not compiled, because it keeps changing; try again when the changes are "
		 "complete",
		 name_of(source));
	errno = EAGAIN;
	return NULL;
}

const struct uh_table *uh_table_compile(const struct uh_table_request *source, const char *path)
{
	struct uh_cache_file file;
	const struct uh_table *table;
	int error;

	if (!uh_cache_file_begin(&file, path, true)) {
		uh_error("%s: cannot be written: %s", path, strerror(errno));
		return NULL;
	}
	table = try_often(source, &file);
	error = errno;
	uh_cache_file_end(&file);
	errno = error;
	return table;
}

enum uh_compiling uh_table_compile_beside(const struct uh_table_request *source)
{
	const struct uh_table *table;
	struct uh_origin origin;
	char path[PATH_MAX];
	uint32_t routes;

	uh_table_request_origin(source, &origin);
	if (!uh_cache_path(source->file, path, sizeof(path))) {
		uh_error("%s: %s", source->file, strerror(ENAMETOOLONG));
		return UH_NOT_COMPILED;
	}
	if (uh_cache_verify(path, &origin) == UH_CACHE_FRESH) {
		printf("%s: %s is up to date\n", name_of(source), path);
		return UH_COMPILED;
	}
	table = uh_table_compile(source, path);
	if (!table)
		return errno == EINVAL ? UH_FAULTY : UH_NOT_COMPILED;
	routes = uh_table_routes(table);
	printf("%s: %u route%s in %s\n", name_of(source), routes, routes == 1 ? "" : "s", path);
	return UH_COMPILED;
}
