/* SPDX-License-Identifier: MIT */
/* report.c: prints findings, one a line. */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>

#include "command/cli/command.h"

void uh_doctor_print(struct uh_doctor_report *report, enum uh_severity severity,
		     const char *format, ...)
{
	static const char *const name[] = {"ok", "note", "fault"};
	va_list arguments;

	report->faults += severity == UH_FAULT;
	va_start(arguments, format);
	if (report->faults_only && severity == UH_FAULT) {
		uh_error_list(name[severity], format, arguments);
	} else if (!report->faults_only) {
		printf("%s: ", name[severity]);
		vprintf(format, arguments);
		putchar('\n');
	}
	va_end(arguments);
}
