/* SPDX-License-Identifier: MIT */
/*
 * doctor.c: `unhairpin doctor`, which proves that connections are intercepted, or reports why
 * not.
 */
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/cli/options.h"
#include "command/cli/diag.h"
#include "command/cli/install_paths.h"
#include "kernel_cover.h"
#include "machine.h"
#include "process.h"
#include "program.h"
#include "unit.h"
#include "variables.h"
#include "verdict.h"

enum { CAN_WORK = 0, CANNOT_WORK = 1, WRONG_USE = 2 };

/* Examines what a program started from here meets. */
static void examine_this_environment(struct uh_examination *examination)
{
	const struct uh_program_settings settings = {
	    .compiled = getenv("UNHAIRPIN_COMPILED"),
	    .user = geteuid(),
	};

	for (char **variable = environ; *variable; variable++)
		uh_doctor_variable(&examination->report, "this environment", *variable);
	uh_doctor_machine(examination, &settings);
}

static void examine_program(struct uh_examination *examination, const char *name)
{
	struct uh_client client = {.name = name, .root = ""};
	char program[PATH_MAX];
	struct uh_kernel_cover kernel;

	uh_credentials_own(&client.identity);
	examination->concerned = (struct uh_concerned){
	    uh_program_executable(name, program) ? program : NULL, client.identity.user, false};
	examination->needs_launch = !uh_is_global();
	uh_doctor_print(&examination->report, UH_OK, name,
			"examined as program %s, started by user %u",
			examination->concerned.program ? program : name, client.identity.user);
	examine_this_environment(examination);
	uh_kernel_cover_of_process(&kernel, 0, examination->table);
	examination->report.kernel = &kernel;
	uh_doctor_program(&examination->report, name, &examination->object, &client.identity);
	if (examination->table)
		uh_doctor_unix_targets(&examination->report, examination->table,
				       &examination->concerned, &client);
	examination->report.kernel = NULL;
	uh_doctor_verdict(examination);
}

static void examine_subject(struct uh_examination *examination)
{
	const char *subject = examination->subject;

	if (!subject) {
		examination->needs_launch = !uh_is_global();
		examine_this_environment(examination);
		uh_doctor_verdict(examination);
	} else if (subject[strspn(subject, "0123456789")] == '\0') {
		uh_doctor_process(examination, (pid_t)strtol(subject, NULL, 10));
	} else if (fnmatch("?*.service", subject, 0) == 0) {
		uh_doctor_unit(examination);
	} else {
		examine_program(examination, subject);
	}
}

static int examine(const struct uh_table_request *source, const char *subject, bool json)
{
	struct uh_examination examination = {
	    .report.json = json,
	    .source = source,
	    .object_path = uh_installed_object_path(),
	    .subject = subject,
	    .concerned.any_user = true,
	};

	if (!examination.object_path)
		return CANNOT_WORK;
	if (!uh_elf_read_path(examination.object_path, &examination.object)) {
		uh_error("%s: %s", examination.object_path, strerror(errno));
		return CANNOT_WORK;
	}
	examine_subject(&examination);
	free(examination.report.unreachable);
	return examination.report.faults ? CANNOT_WORK : CAN_WORK;
}

/* Further arguments are those of the COMMAND. They are not needed here. */
int uh_command_doctor(const struct uh_command *command, int argc, char **argv)
{
	struct uh_table_request source = {.routes = getenv("UNHAIRPIN_ROUTES"),
					  .check_owner = true};
	bool json = false;
	char *file = NULL;
	int key, status = WRONG_USE;

	while ((key = uh_option_next(command, argc, argv)) > 0) {
		if (key == UH_KEY_JSON)
			json = true;
		if (key != 'c')
			continue; /* --noheadings: findings have no headings */
		free(file);
		file = uh_absolute_path(optarg);
		if (!file)
			return WRONG_USE;
		source.file = file;
		source.shown = optarg;
	}
	if (key < 0) {
		status = uh_option_status(command, key);
	} else if (optind < argc && !*argv[optind]) {
		uh_usage_error(command, "expected a COMMAND, PID or UNIT, not ''");
	} else if (file || uh_table_request_default(&source)) {
		uh_output_begin();
		status = uh_output_end(examine(&source, argv[optind], json), WRONG_USE);
	}
	free(file);
	return status;
}
