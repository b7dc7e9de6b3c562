/* SPDX-License-Identifier: MIT */
/* machine.c: examines configuration, object, compiler and machine, the most likely fault first.
 */
#include "machine.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "command/canary/canary.h"
#include "command/cli/off_file.h"
#include "compiled.h"
#include "kernel_cover.h"
#include "program.h"

/* The file contains 2 if io_uring is disabled for all. It exists since Linux 6.6. */
#define IO_URING_DISABLED "/proc/sys/kernel/io_uring_disabled"

/* The test programs have no configuration file, so only the default switch-off file concerns
 * them.
 */
static void report_connections(struct uh_doctor_report *report, const char *object)
{
	const struct uh_canary canary = {.root = "", .object = object};
	struct uh_verdict verdict;
	char off[PATH_MAX];

	if (uh_routes_are_off(NULL, off))
		uh_doctor_print(report, UH_NOTE, object,
				"is not tested by connections, because %s switches routes off",
				off);
	else if (uh_canary(&canary, &verdict))
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

static void report_object(struct uh_examination *examination)
{
	const char *object = examination->object_path;
	struct uh_doctor_report *report = &examination->report;
	const struct uh_elf *elf = &examination->object;

	if (strcmp(elf->version, UH_VERSION) == 0)
		uh_doctor_print(report, UH_OK, object, "version %s, the same as this command",
				elf->version);
	else
		uh_doctor_print(
		    report, UH_NOTE, object,
		    "version %s, but this command is version %s; install both from one version",
		    *elf->version ? elf->version : "unknown", UH_VERSION);
	report_connections(report, object);
}

static void report_loading(struct uh_examination *examination)
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

void uh_doctor_machine(struct uh_examination *examination,
		       const struct uh_program_settings *settings)
{
	uh_doctor_configuration(examination, settings);
	report_object(examination);
	uh_doctor_compiler(&examination->report, examination->object_path);
	report_loading(examination);
}
