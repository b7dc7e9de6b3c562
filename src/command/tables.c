/* SPDX-License-Identifier: MIT */
/* tables.c: the configuration as a table, read by the same parser object that programs load. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "loader.h"

/* A file is told by the name that the user gave. */
static void tell(void *context, bool warning, const char *file, unsigned line, const char *text)
{
	const struct uh_source *source = context;

	if (warning && source->warn_only)
		return;
	if (file && source->shown && strcmp(file, source->file) == 0)
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

/* Faults were told one by one; whatever else stopped the parser is told here. */
static void tell_failure(const struct uh_source *source, const char *parser, const char *why)
{
	int saved = errno;

	if (saved == ELIBACC)
		uh_error("%s: %s", parser, why);
	else if (saved != EINVAL)
		uh_error("%s: %s", source->file ? source->file : "UNHAIRPIN_ROUTES",
			 strerror(saved));
	errno = saved;
}

static const struct uh_table *load(const struct uh_source *source, const char *parser)
{
	size_t size;
	char why[UH_WHY] = "";
	struct uh_source context = *source; /* the report's context isn't const */
	struct uh_parse_request request = {
	    .version = UH_PARSER_VERSION,
	    .file = source->file,
	    .optional = source->optional,
	    .inline_routes = source->routes,
	    .check_owner = source->check_owner,
	    .report = {tell, &context},
	};
	void *image = uh_load_table(parser, &request, &size, why);
	const struct uh_table *table = image ? uh_table_open(image, size) : NULL;

	if (image && !table) {
		uh_error("%s: made for another version of unhairpin", parser);
		errno = ELIBBAD;
	} else if (!image) {
		tell_failure(source, parser, why);
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
