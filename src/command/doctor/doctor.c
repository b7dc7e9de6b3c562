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

#include "command/canary/canary.h"
#include "command/cli/options.h"
#include "command/cli/diag.h"
#include "command/cli/install_paths.h"
#include "command/cli/load_table.h"
#include "compiled.h"
#include "configuration.h"
#include "kernel_cover.h"
#include "process.h"
#include "program.h"
#include "unit.h"
#include "unix_targets.h"
#include "variables.h"

enum { CAN_WORK = 0, CANNOT_WORK = 1, WRONG_USE = 2 };

/* The file contains 2 if io_uring is disabled for all. It exists since Linux 6.6. */
#define IO_URING_DISABLED "/proc/sys/kernel/io_uring_disabled"

static void report_object(struct uh_examination *examination, const char *object)
{
	struct uh_doctor_report *report = &examination->report;
	const struct uh_elf *elf = &examination->object;
	const struct uh_canary canary = {.root = "", .object = object};
	struct uh_verdict verdict;

	if (strcmp(elf->version, UH_VERSION) == 0)
		uh_doctor_print(report, UH_OK, object, "version %s, the same as this command",
				elf->version);
	else
		uh_doctor_print(
		    report, UH_NOTE, object,
		    "version %s, but this command is version %s; install both from one version",
		    *elf->version ? elf->version : "unknown", UH_VERSION);
	if (uh_canary(&canary, &verdict))
		uh_doctor_print(report, UH_OK, object,
				"%d test connections from 64 threads reached the Unix socket "
				"that they were routed to",
				UH_CANARY_CONNECTIONS);
	else
		uh_doctor_print(
		    report, UH_FAULT, object,
		    "does not work here: %s; install it again, or build it for this machine",
		    verdict.fault);
}

static void report_machine(struct uh_examination *examination)
{
	FILE *file = fopen(IO_URING_DISABLED, "re");
	bool disabled = file && fgetc(file) == '2';

	if (file)
		fclose(file);
	uh_doctor_print(
	    &examination->report, UH_OK, "/etc/ld.so.preload",
	    uh_is_global() ? "names the preload object, so every program that starts loads it"
			   : "does not name the preload object, so a program needs LD_PRELOAD");
	if (!disabled)
		uh_doctor_print(&examination->report, UH_NOTE, "io_uring",
				"is enabled on this machine; connections that a program makes "
				"through it are routed by 'unhairpin kernel enable' alone, and "
				"to IP targets only");
	uh_doctor_attachments(examination);
}

static void examine_subject(struct uh_examination *examination, const char *subject)
{
	struct uh_client client = {.name = subject, .root = ""};
	struct uh_kernel_cover kernel;

	if (subject[strspn(subject, "0123456789")] == '\0') {
		uh_doctor_process(examination, (pid_t)strtol(subject, NULL, 10));
	} else if (fnmatch("?*.service", subject, 0) == 0) {
		uh_doctor_unit(examination, subject);
	} else {
		uh_credentials_own(&client.identity);
		uh_kernel_cover_of_process(&kernel, 0, examination->table);
		examination->report.kernel = &kernel;
		uh_doctor_program(&examination->report, subject, &examination->object,
				  &client.identity);
		if (examination->table)
			uh_doctor_unix_targets(&examination->report, examination->table,
					       &client);
		examination->report.kernel = NULL;
	}
}

static int examine(const struct uh_table_request *source, const char *subject, bool json)
{
	struct uh_examination examination = {.report.json = json};
	const char *object = uh_installed_object_path();

	if (!object)
		return CANNOT_WORK;
	if (!uh_elf_read_path(object, &examination.object)) {
		uh_error("%s: %s", object, strerror(errno));
		return CANNOT_WORK;
	}
	report_object(&examination, object);
	uh_doctor_compiler(&examination.report, object);
	for (char **variable = environ; *variable; variable++)
		uh_doctor_variable(&examination.report, "this environment", *variable);
	uh_doctor_configuration(&examination, source, getenv("UNHAIRPIN_COMPILED"), geteuid());
	report_machine(&examination);
	if (subject)
		examine_subject(&examination, subject);
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
