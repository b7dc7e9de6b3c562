/* SPDX-License-Identifier: MIT */
/* configuration.h: loads and reports the configuration of one examination. */
#ifndef UH_CONFIGURATION_H
#define UH_CONFIGURATION_H

#include <sys/types.h>

#include "command/cli/load_table.h"
#include "command/inspect/elf_file.h"
#include "route_targets.h"

/* The objects that the findings of one examination refer to. */
struct uh_examination {
	struct uh_doctor_report report;
	const struct uh_table_request *source; /* the configuration of the command line */
	const struct uh_table *table;	       /* NULL: not read, or faulty */
	bool is_compiled; /* the table has a compiled form that the program uses */
	const char *object_path;
	struct uh_elf object;
	const char *subject; /* the name of the program, process or unit; NULL: none */
	struct uh_concerned concerned;
	bool
	    needs_launch; /* the subject is a program that does not load the object by itself */
};

/*
 * The settings in a program's environment (UNHAIRPIN_CONF, _ROUTES and _COMPILED, each NULL if
 * not set) and its effective user.
 */
struct uh_program_settings {
	const char *file, *routes, *compiled;
	uid_t user;
};

/*
 * Loads the routes into the examination: those of a program that has settings of its own, else
 * those of the command line. Reports each fault, or the number of routes and the compiled form
 * that the program uses (uh_doctor_compiled()).
 */
void uh_doctor_configuration(struct uh_examination *examination,
			     const struct uh_program_settings *settings);

#endif
