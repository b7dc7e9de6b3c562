/* SPDX-License-Identifier: MIT */
/* report.c: prints findings, one a line. */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "command/cli/diag.h"
#include "command/cli/json.h"
#include "command/cli/utf8.h"

void uh_doctor_print(struct uh_doctor_report *report, enum uh_severity severity,
		     const char *subject, const char *format, ...)
{
	static const char *const name[] = {"ok", "note", "note", "fault"};
	va_list arguments;
	char *text;

	report->faults += severity == UH_FAULT;
	if (report->faults_only && severity < UH_CAUGHT)
		return;
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (!text) {
		uh_error("not enough memory");
	} else if (report->faults_only) {
		uh_error("%s: %s: %s", name[severity], subject, text);
	} else if (report->json) {
		uh_json_print(stdout, json_pack("{s:s, s:o, s:o}", "severity", name[severity],
						"subject", uh_json_string(subject), "text",
						uh_json_string(text)));
	} else {
		/* Names of files and programs can contain control bytes. */
		printf("%s: ", name[severity]);
		uh_write_clean(stdout, subject);
		fputs(": ", stdout);
		uh_write_clean(stdout, text);
		putchar('\n');
	}
	free(text);
}
