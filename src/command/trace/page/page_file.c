/* SPDX-License-Identifier: MIT */
/* page_file.c: pages into files. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/command.h"
#include "page.h"

static bool close_page(const char *name, FILE *file)
{
	bool good = fflush(file) == 0 && !ferror(file);

	/* What an earlier flush failed for is still in errno: nothing has succeeded since. */
	if (!good)
		uh_error("%s: %s", name, strerror(errno));
	fclose(file);
	return good;
}

bool uh_page_file(const char *name, const struct uh_trace *trace, const struct uh_host *scene)
{
	FILE *file = fopen(name, "we");

	if (!file) {
		uh_error("%s: %s", name, strerror(errno));
		return false;
	}
	if (uh_page_write(file, trace, scene))
		return close_page(name, file);
	fclose(file);
	return false;
}

bool uh_page_of_lines(const char *name, FILE *lines)
{
	struct uh_table_request source = {.routes = getenv("UNHAIRPIN_ROUTES"),
					  .check_owner = true};
	struct uh_host scene = {0};
	struct uh_trace trace = {0};
	bool good;

	rewind(lines);
	good = uh_timed_connect_begin() && uh_table_request_default(&source) &&
	       uh_host_read(&scene, &source) && uh_trace_read_stream(&trace, lines, "trace") &&
	       uh_page_file(name, &trace, &scene);
	uh_trace_free(&trace);
	uh_host_free(&scene);
	return good;
}
