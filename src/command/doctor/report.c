/* SPDX-License-Identifier: MIT */
/* report.c: prints findings, one a line. */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/colour.h"
#include "command/cli/diag.h"
#include "command/cli/json.h"
#include "command/cli/utf8.h"

/* Keeps the first finding of a kind for the verdict, without its remedy. */
static void keep_reason(struct uh_doctor_report *report, enum uh_severity severity,
			const char *subject, const char *text)
{
	char *const reason[] = {
	    [UH_CAUGHT] = report->caught, [UH_PART] = report->part, [UH_FAULT] = report->fault};

	if (severity >= UH_CAUGHT && !*reason[severity])
		snprintf(reason[severity], UH_REASON, "%s: %.*s", subject,
			 (int)strcspn(text, ";"), text);
}

void uh_doctor_print(struct uh_doctor_report *report, enum uh_severity severity,
		     const char *subject, const char *format, ...)
{
	static const char *const name[] = {"ok", "note", "note", "fault", "fault"};
	static const enum uh_shade shade[] = {UH_GOOD, UH_DOUBTFUL, UH_DOUBTFUL, UH_BAD,
					      UH_BAD};
	va_list arguments;
	char *text;

	report->faults += severity >= UH_PART;
	if (report->faults_only && severity < UH_CAUGHT)
		return;
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (!text) {
		uh_error("not enough memory");
		return;
	}
	keep_reason(report, severity, subject, text);
	if (report->faults_only) {
		uh_error("%s: %s: %s", name[severity], subject, text);
	} else if (report->json) {
		uh_json_print(stdout, json_pack("{s:s, s:o, s:o}", "severity", name[severity],
						"subject", uh_json_string(subject), "text",
						uh_json_string(text)));
	} else {
		/* Names of files and programs can contain control bytes. */
		uh_put_shade(stdout, shade[severity]);
		printf("%s:", name[severity]);
		uh_put_shade(stdout, UH_PLAIN);
		putchar(' ');
		uh_write_clean(stdout, subject);
		fputs(": ", stdout);
		uh_write_clean(stdout, text);
		putchar('\n');
	}
	free(text);
}

void uh_doctor_unreachable(struct uh_doctor_report *report, uint32_t target)
{
	if (target >= report->targets) {
		unsigned char *list = realloc(report->unreachable, (size_t)target + 1);

		if (!list) {
			uh_error("not enough memory");
			return;
		}
		memset(list + report->targets, 0, target + 1 - report->targets);
		report->unreachable = list;
		report->targets = (size_t)target + 1;
	}
	report->unreachable[target] = 1;
}
