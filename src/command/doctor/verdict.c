/* SPDX-License-Identifier: MIT */
/* verdict.c: says in one line whether connections are routed. */
#include "verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/diag.h"
#include "command/cli/json.h"
#include "command/cli/utf8.h"

struct verdict {
	const char *word;   /* as in JSON */
	const char *text;   /* what connections are */
	const char *reason; /* "" if there is none */
};

/* Decides about routes whose program loads the object. */
static struct verdict judge_routes(const struct uh_examination *examination)
{
	const struct uh_doctor_report *report = &examination->report;
	struct uh_route_counts counts =
	    uh_count_routes(report, examination->table, &examination->concerned);

	if (uh_table_routes(examination->table) == 0)
		return (struct verdict){"not routed", "not routed", "there are no routes"};
	if (counts.routes == 0)
		return (struct verdict){"not routed", "not routed",
					"each route is to direct or refuse, or is for other "
					"programs or users"};
	if (counts.unreachable == counts.routes)
		return (struct verdict){"not routed", "not routed", report->part};
	if (*report->part)
		return (struct verdict){"partly", "partly routed", report->part};
	if (report->missing && !examination->needs_launch)
		return (struct verdict){
		    "routed", "routed, but not to the Unix targets that do not exist yet", ""};
	return (struct verdict){
	    "routed",
	    examination->needs_launch ? "routed if it is started by 'unhairpin run'" : "routed",
	    ""};
}

static struct verdict judge(const struct uh_examination *examination)
{
	const struct uh_doctor_report *report = &examination->report;

	if (*report->fault || !examination->table)
		return (struct verdict){"not routed", "not routed", report->fault};
	if (*report->caught)
		return (struct verdict){"partly", "partly routed", report->caught};
	return judge_routes(examination);
}

/* A reason that begins with the subject does not repeat it. */
static const char *without_subject(const char *reason, const char *subject)
{
	size_t length = strlen(subject);

	return strncmp(reason, subject, length) == 0 && strncmp(reason + length, ": ", 2) == 0
		   ? reason + length + 2
		   : reason;
}

void uh_doctor_verdict(const struct uh_examination *examination)
{
	const char *subject = examination->subject ? examination->subject : "a program";
	struct verdict verdict = judge(examination);
	char *text;

	if (asprintf(&text, "connections of %s are %s%s%s", subject, verdict.text,
		     *verdict.reason ? ": " : "",
		     without_subject(verdict.reason, subject)) < 0) {
		uh_error("not enough memory");
		return;
	}
	if (examination->report.json) {
		uh_json_print(stdout, json_pack("{s:s, s:o, s:o, s:s}", "severity", "verdict",
						"subject", uh_json_string(subject), "text",
						uh_json_string(text), "verdict", verdict.word));
	} else {
		fputs("verdict: ", stdout);
		uh_write_clean(stdout, text);
		putchar('\n');
	}
	free(text);
}
