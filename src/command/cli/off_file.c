/* SPDX-License-Identifier: MIT */
/* off_file.c: looks for the file that switches the routes off. */
#include "off_file.h"

#include <stdio.h>

#include "load/cache.h"
#include "table/freshness.h"
#include "load_table.h"
#include "print_fault.h"

bool uh_routes_are_off(const char *file, char *path)
{
	return uh_off_path(file, path, PATH_MAX) && uh_is_off_file(path);
}

bool uh_note_if_off(const struct uh_table_request *source)
{
	char path[PATH_MAX], text[PATH_MAX + 32];
	struct uh_origin origin;

	uh_table_request_origin(source, &origin);
	if (!uh_routes_are_off(origin.file, path))
		return false;
	snprintf(text, sizeof(text), "routes are switched off by %s", path);
	uh_print_note(text);
	return true;
}
