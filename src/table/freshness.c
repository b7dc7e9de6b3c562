/* SPDX-License-Identifier: MIT */
/* freshness.c: compares the sources of a table with the files on disk. */
#include "freshness.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum uh_freshness compare(const struct uh_table_source *source, const char *path)
{
	struct stat status;
	struct uh_stamp stamp = {0};

	if (source->kind == UH_SOURCE_OFF)
		return UH_SAME;
	if (stat(path, &status) == 0)
		stamp = uh_stamp_of(&status);
	else if (errno != ENOENT && errno != ENOTDIR)
		return UH_SAME;
	stamp.young = source->stamp.young;
	if (!uh_stamps_equal(&stamp, &source->stamp))
		return UH_CHANGED;
	return stamp.young ? UH_YOUNG : UH_SAME;
}

/* A source that is damaged in the image counts as changed. */
enum uh_freshness uh_freshness(const struct uh_table *table)
{
	enum uh_freshness whole = UH_SAME;
	int saved = errno;

	for (uint32_t i = 0; i < uh_table_sources(table) && whole != UH_CHANGED; i++) {
		const struct uh_table_source *source = uh_table_source(table, i);
		enum uh_freshness one =
		    source ? compare(source, uh_table_text(table, source->path)) : UH_CHANGED;

		if (one > whole)
			whole = one;
	}
	errno = saved;
	return whole;
}

const char *uh_table_off_path(const struct uh_table *table)
{
	for (uint32_t i = 0; i < uh_table_sources(table); i++) {
		const struct uh_table_source *source = uh_table_source(table, i);

		if (source && source->kind == UH_SOURCE_OFF)
			return uh_table_text(table, source->path);
	}
	return NULL;
}

bool uh_is_off_file(const char *path)
{
	struct stat status;

	errno = 0;
	return stat(path, &status) == 0 && (status.st_uid == 0 || status.st_uid == geteuid());
}

bool uh_table_is_off(const struct uh_table *table, bool before)
{
	const char *path = uh_table_off_path(table);
	int saved = errno;
	bool off = path && uh_is_off_file(path);

	if (path && !off && errno && errno != ENOENT && errno != ENOTDIR)
		off = before;
	errno = saved;
	return off;
}

bool uh_table_has_origin(const struct uh_table *table, const struct uh_origin *origin)
{
	const char *inline_routes =
	    uh_table_text(table, uh_table_settings(table)->inline_routes);
	const char *file = NULL;

	for (uint32_t i = 0; i < uh_table_sources(table); i++) {
		const struct uh_table_source *source = uh_table_source(table, i);

		if (!source ||
		    (source->kind < UH_SOURCE_OTHER &&
		     !uh_stamp_is_trusted(&source->stamp, origin->secure, geteuid())))
			return false;
		if (source->kind == UH_SOURCE_MAIN)
			file = uh_table_text(table, source->path);
	}
	return strcmp(inline_routes, origin->inline_routes ? origin->inline_routes : "") == 0 &&
	       strcmp(file ? file : "", origin->file ? origin->file : "") == 0;
}
