/* SPDX-License-Identifier: MIT */
/* configuration.c: loads a configuration and reports on it. */
#include "configuration.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command/cli/off_file.h"
#include "compiled.h"
#include "config/parse_config.h"
#include "load/cache.h"

/* The context of report_fault(). */
struct faults {
	struct uh_examination *examination;
	const struct uh_table_request *source;
	const char *name;
	bool any;
};

/* Reports a fault as a finding of its own, with the name that the user gave the file. */
static void report_fault(void *context, const struct uh_fault *fault)
{
	struct faults *faults = context;
	const char *file = fault->file;
	char place[PATH_MAX + 16];

	if (!file || (faults->source->file && strcmp(file, faults->source->file) == 0))
		file = faults->name;
	snprintf(place, sizeof(place), fault->line ? "%s:%u" : "%s", file, fault->line);
	faults->any |= !fault->warning;
	uh_doctor_print(&faults->examination->report, fault->warning ? UH_NOTE : UH_FAULT,
			place, "%s", fault->text);
}

static void load(struct uh_examination *examination, const struct uh_table_request *source,
		 const char *name)
{
	struct faults faults = {examination, source, name, false};
	struct uh_origin origin;
	size_t size;

	uh_table_request_origin(source, &origin);
	const struct uh_parse_request request = {
	    .file = origin.file,
	    .optional = source->optional,
	    .inline_routes = source->routes,
	    .check_owner = source->check_owner,
	    .report = {report_fault, &faults},
	};
	void *image = uh_parse_config(&request, &size);

	if (image)
		examination->table = uh_table_open(image, size);
	else if (!faults.any)
		uh_doctor_print(&examination->report, UH_FAULT, name, "%s", strerror(errno));
}

/* Reports the file that switches the routes off, whatever the configuration has. */
static void report_off(struct uh_examination *examination,
		       const struct uh_table_request *source)
{
	struct uh_origin origin;
	char path[PATH_MAX];

	uh_table_request_origin(source, &origin);
	if (uh_routes_are_off(origin.file, path))
		uh_doctor_print(&examination->report, UH_FAULT, path,
				"switches all routes off; remove it");
}

static void examine(struct uh_examination *examination, const struct uh_table_request *source,
		    const struct uh_program_settings *settings)
{
	const char *name = source->shown ? source->shown : source->file;
	uint32_t routes;

	report_off(examination, source);
	load(examination, source, name);
	if (!examination->table)
		return;
	routes = uh_table_routes(examination->table);
	if (routes)
		uh_doctor_print(&examination->report, UH_OK, name, "%u route%s", routes,
				routes == 1 ? "" : "s");
	else
		uh_doctor_print(&examination->report, UH_NOTE, name,
				"no routes, so no connection is routed; add one");
	examination->is_compiled = uh_doctor_compiled(&examination->report, source,
						      settings->compiled, settings->user);
}

void uh_doctor_configuration(struct uh_examination *examination,
			     const struct uh_program_settings *settings)
{
	const char *file = settings->file ? settings->file : UH_DEFAULT_CONF;
	const struct uh_table_request own = {
	    .file = file,
	    .shown = settings->file || !settings->routes ? file
							 : UH_DEFAULT_CONF
			 " and UNHAIRPIN_ROUTES",
	    .routes = settings->routes,
	    .optional = !settings->file,
	    .check_owner = true,
	};

	examine(examination, settings->file || settings->routes ? &own : examination->source,
		settings);
}
