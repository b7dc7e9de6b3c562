/* SPDX-License-Identifier: MIT */
/* configuration.c: loads a configuration and reports on it. */
#include "configuration.h"

#include "command/cli/command.h"
#include "compiled.h"
#include "load/cache.h"
#include "table/table.h"

void uh_doctor_configuration(struct uh_examination *examination,
			     const struct uh_table_request *source, const char *handed_over,
			     uid_t user)
{
	uint32_t routes;

	examination->table = uh_table_load(source);
	if (!examination->table) {
		uh_doctor_print(&examination->report, UH_FAULT,
				"%s: has faults, so nothing is routed; see 'unhairpin check'",
				source->shown ? source->shown : source->file);
		return;
	}
	routes = uh_table_routes(examination->table);
	uh_doctor_print(&examination->report, routes ? UH_OK : UH_NOTE, "%s: %u route%s%s",
			source->shown ? source->shown : source->file, routes,
			routes == 1 ? "" : "s",
			routes ? "" : ", so every connection goes where it asks to; add one");
	uh_doctor_compiled(&examination->report, source, handed_over, user);
}

void uh_doctor_settings(struct uh_examination *examination,
			const struct uh_program_settings *settings)
{
	const char *file = settings->file ? settings->file : UH_DEFAULT_CONF;
	const struct uh_table_request source = {
	    .file = file,
	    .shown = settings->file || !settings->routes ? file
							 : UH_DEFAULT_CONF
			 " and UNHAIRPIN_ROUTES",
	    .routes = settings->routes,
	    .optional = !settings->file,
	    .check_owner = true,
	};

	if (settings->file || settings->routes || settings->compiled)
		uh_doctor_configuration(examination, &source, settings->compiled,
					settings->user);
}
