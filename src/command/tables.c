/* SPDX-License-Identifier: MIT */
/* tables.c: the configuration as a table, read by the same parser object that programs load. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "command.h"
#include "loader.h"

/* What the parser's reports are told by, and how many of them were errors. */
struct telling {
	const struct uh_source *source;
	unsigned errors;
};

/* A file is told by the name that the user gave. */
static void tell(void *context, bool warning, const char *file, unsigned line, const char *text)
{
	struct telling *telling = context;
	const struct uh_source *source = telling->source;

	telling->errors += !warning;
	if (warning && source->warn_only)
		return;
	if (file && source->shown && source->file && strcmp(file, source->file) == 0)
		file = source->shown;
	uh_print_fault(warning || source->warn_only, file, line, text);
}

bool uh_source_default(struct uh_source *source)
{
	const char *file = getenv("UNHAIRPIN_CONF");

	source->optional = !file;
	source->file = file ? file : UH_DEFAULT_CONF;
	if (source->file[0] == '/')
		return true;
	uh_error("UNHAIRPIN_CONF: '%s' is not an absolute path; expected one", file);
	return false;
}

bool uh_source_file(struct uh_source *source, char **owned, const char *name)
{
	free(*owned);
	*owned = uh_absolute_path(name);
	source->file = *owned;
	source->shown = name;
	return *owned;
}

/*
 * Sets errno to EINVAL if the faults were told, else tells what stopped the parser. Its errno
 * is lost (0) where it has a libc of its own.
 */
static void tell_failure(const struct telling *telling, const char *parser, const char *why)
{
	int error = errno;

	if (error == ELIBACC)
		uh_error("%s", why);
	else if (!telling->errors)
		uh_error("%s: failed: %s", parser,
			 error ? strerror(error) : "no memory, or too many open files");
	errno = telling->errors ? EINVAL : ELIBACC;
}

/* /dev/null stands for no file, as in programs. */
static const char *file_of(const struct uh_source *source)
{
	return source->file && strcmp(source->file, "/dev/null") == 0 ? NULL : source->file;
}

static const struct uh_table *load(const struct uh_source *source, const char *parser)
{
	size_t size;
	char why[UH_WHY] = "";
	struct telling telling = {.source = source};
	struct uh_parse_request request = {
	    .version = UH_PARSER_VERSION,
	    .file = file_of(source),
	    .optional = source->optional,
	    .inline_routes = source->routes,
	    .check_owner = source->check_owner,
	    .report = {tell, &telling},
	};
	void *image = uh_load_table(parser, &request, &size, why);
	const struct uh_table *table = image ? uh_table_open(image, size) : NULL;

	if (image && !table) {
		uh_error("%s: made for another version of unhairpin", parser);
		errno = ELIBBAD;
	} else if (!image) {
		tell_failure(&telling, parser, why);
	}
	return table;
}

const struct uh_table *uh_source_table(const struct uh_source *source)
{
	const char *parser = uh_parser_path();

	if (parser)
		return load(source, parser);
	errno = ELIBACC;
	return NULL;
}

bool uh_source_cache_is_damaged(const struct uh_source *source, char *path, size_t size)
{
	const char *file = file_of(source);

	return file && uh_cache_path(file, path, size) &&
	       uh_cache_verify(file) == UH_CACHE_DAMAGED;
}
