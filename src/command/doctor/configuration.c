/* SPDX-License-Identifier: MIT */
/* configuration.c: loads a configuration and reports on it. */
#include "configuration.h"

#include "command/cli/load_table.h"
#include "compiled.h"
#include "load/cache.h"
#include "table/table.h"

void uh_doctor_configuration(struct uh_examination *examination,
			     const struct uh_table_request *source, const char *handed_over,
			     uid_t user)
{
	const char *name = source->shown ? source->shown : source->file;
	uint32_t routes;

	examination->table = uh_table_load(source);
	if (!examination->table) {
		uh_doctor_print(&examination->report, UH_FAULT, name,
				"has faults, so no connection is routed; run 'unhairpin check' "
				"to list them");
		return;
	}
	routes = uh_table_routes(examination->table);
	if (routes)
		uh_doctor_print(&examination->report, UH_OK, name, "%u route%s", routes,
				routes == 1 ? "" : "s");
	else
		uh_doctor_print(&examination->report, UH_NOTE, name,
				"no routes, so no connection is routed; add one");
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
