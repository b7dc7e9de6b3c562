/* SPDX-License-Identifier: MIT */
/* compile.c: `unhairpin compile [FILE]`, which writes the cache of the routes. */
#include <getopt.h>
#include <stdlib.h>

#include "command/cli/options.h"
#include "command/cli/diag.h"
#include "command/cli/load_table.h"
#include "command/cli/compile_source.h"

static enum uh_compiling compile_file(struct uh_table_request *source, const char *name)
{
	char *file = NULL;
	enum uh_compiling compiling = UH_NOT_COMPILED;

	if (uh_table_request_file(source, &file, name))
		compiling = uh_table_compile_beside(source);
	free(file);
	return compiling;
}

static enum uh_compiling compile_default(struct uh_table_request *source)
{
	if (!uh_table_request_default(source))
		return UH_FAULTY;
	source->optional = false;
	return uh_table_compile_beside(source);
}

int uh_command_compile(const struct uh_command *command, int argc, char **argv)
{
	struct uh_table_request source = {.check_owner = true};
	int key = uh_option_next(command, argc, argv);
	enum uh_compiling compiling;

	if (key != UH_OPTIONS_END)
		return uh_option_status(command, key);
	if (argc - optind > 1)
		return uh_usage_error(command, "unexpected '%s'; expected one FILE",
				      argv[optind + 1]);
	uh_output_begin();
	compiling =
	    optind < argc ? compile_file(&source, argv[optind]) : compile_default(&source);
	return uh_output_end((int)compiling, UH_NOT_COMPILED);
}
