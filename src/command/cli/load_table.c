/* SPDX-License-Identifier: MIT */
/* load_table.c: reads a configuration into a table, with the code of the compiler of routes. */
#include "load_table.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/cache.h"
#include "diag.h"
#include "install_paths.h"
#include "config/parse_config.h"
#include "print_fault.h"

/* The context of report_fault(). */
struct faults {
	const struct uh_table_request *source;
	unsigned errors;
};

/* Reports one fault. The file has the name that the user gave. */
static void report_fault(void *context, const struct uh_fault *fault)
{
	struct faults *faults = context;
	const struct uh_table_request *source = faults->source;
	struct uh_fault shown = *fault;

	faults->errors += !fault->warning;
	if (source->quiet || (fault->warning && source->warn_only))
		return;
	if (fault->file && source->shown && source->file &&
	    strcmp(fault->file, source->file) == 0)
		shown.file = source->shown;
	shown.warning |= source->warn_only;
	uh_print_fault_at(&shown);
}

bool uh_table_request_default(struct uh_table_request *source)
{
	const char *file = getenv("UNHAIRPIN_CONF");

	source->optional = !file;
	source->file = file ? file : UH_DEFAULT_CONF;
	if (source->file[0] == '/')
		return true;
	uh_error("UNHAIRPIN_CONF: '%s' is not an absolute path; expected one", file);
	return false;
}

bool uh_table_request_file(struct uh_table_request *source, char **owned, const char *name)
{
	free(*owned);
	*owned = uh_absolute_path(name);
	source->file = *owned;
	source->shown = name;
	return *owned;
}

/* As in programs, /dev/null means no file. */
static const char *file_of(const struct uh_table_request *source)
{
	return source->file && strcmp(source->file, "/dev/null") == 0 ? NULL : source->file;
}

void uh_table_request_origin(const struct uh_table_request *source, struct uh_origin *origin)
{
	*origin = (struct uh_origin){
	    .file = file_of(source),
	    .inline_routes = source->routes && *source->routes ? source->routes : NULL,
	};
}

const struct uh_table *uh_table_load(const struct uh_table_request *source)
{
	struct faults faults = {.source = source};
	const struct uh_parse_request request = {
	    .file = file_of(source),
	    .optional = source->optional,
	    .inline_routes = source->routes,
	    .check_owner = source->check_owner,
	    .report = {report_fault, &faults},
	    .setting = source->setting,
	    .route = source->route,
	    .context = source->context,
	    .substitutes = source->substitutes,
	};
	size_t size;
	void *image = uh_parse_config(&request, &size);
	int error = errno;

	if (image)
		return uh_table_open(image, size);
	if (!faults.errors && !source->quiet)
		uh_print_fault(false, source->file ? source->file : "UNHAIRPIN_ROUTES", 0,
			       strerror(error));
	errno = faults.errors ? EINVAL : error;
	return NULL;
}

void uh_note_missing(const struct uh_table_request *source)
{
	char text[PATH_MAX + 32];

	if (!source->optional || !source->file || access(source->file, F_OK) == 0)
		return;
	snprintf(text, sizeof(text), "no configuration at %s", source->file);
	uh_print_note(text);
}

bool uh_cache_beside_is_damaged(const struct uh_table_request *source, char *path, size_t size)
{
	const struct uh_origin origin = {.file = file_of(source)};

	return origin.file && uh_cache_path(origin.file, path, size) &&
	       uh_cache_verify(path, &origin) == UH_CACHE_DAMAGED;
}
