/* SPDX-License-Identifier: MIT */
/* report.c: prints findings, one a line. */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>

#include "command/cli/command.h"

void uh_doctor_print(struct uh_doctor_report *findings, enum uh_doctor_verdict kind,
		     const char *format, ...)
{
	static const char *const name[] = {"ok", "note", "fault"};
	va_list arguments;

	findings->faults += kind == UH_FAULT;
	va_start(arguments, format);
	if (findings->faults_only && kind == UH_FAULT) {
		uh_error_list(name[kind], format, arguments);
	} else if (!findings->faults_only) {
		printf("%s: ", name[kind]);
		vprintf(format, arguments);
		putchar('\n');
	}
	va_end(arguments);
}
