/* SPDX-License-Identifier: MIT */
/* configuration.h: loads and reports the configuration of one examination. */
#ifndef UH_CONFIGURATION_H
#define UH_CONFIGURATION_H

#include <sys/types.h>

#include "command/inspect/elf_file.h"
#include "report.h"

struct uh_table;
struct uh_table_request;

/* The objects that the findings of one examination refer to. */
struct uh_examination {
	struct uh_doctor_report report;
	const struct uh_table *table; /* NULL: not read, or faulty */
	struct uh_elf object;
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
 * Loads the routes of a source into the examination. Reports the source's faults, or its number
 * of routes and the compiled form that a program uses (uh_doctor_compiled()).
 */
void uh_doctor_configuration(struct uh_examination *examination,
			     const struct uh_table_request *source, const char *handed_over,
			     uid_t user);

/* Does the same for a program that has settings of its own, if any of them is set. */
void uh_doctor_settings(struct uh_examination *examination,
			const struct uh_program_settings *settings);

#endif
