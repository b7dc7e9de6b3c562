/* SPDX-License-Identifier: MIT */
/* page_file.c: pages into files. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/command.h"
#include "page.h"

bool uh_page_file(const char *name, const struct uh_trace *trace, const struct uh_host *scene)
{
	FILE *file = fopen(name, "we");
	bool good;

	if (!file) {
		uh_error("%s: %s", name, strerror(errno));
		return false;
	}
	good = uh_page_write(file, trace, scene);
	if (good && (fflush(file) != 0 || ferror(file))) {
		/* No call has set errno since an earlier write failed. */
		uh_error("%s: %s", name, strerror(errno));
		good = false;
	}
	fclose(file);
	return good;
}

bool uh_page_of_trace(const char *name, const struct uh_trace *trace)
{
	struct uh_table_request source = {.routes = getenv("UNHAIRPIN_ROUTES"),
					  .check_owner = true};
	struct uh_host scene = {0};
	bool good = uh_timed_connect_begin() && uh_table_request_default(&source) &&
		    uh_host_read(&scene, &source) && uh_page_file(name, trace, &scene);

	uh_host_free(&scene);
	return good;
}
