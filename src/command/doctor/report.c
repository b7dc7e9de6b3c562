/* SPDX-License-Identifier: MIT */
/* report.c: writes findings, a line each. */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>

#include "command/cli/command.h"

void uh_finding(struct uh_findings *findings, enum uh_finding kind, const char *format, ...)
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
