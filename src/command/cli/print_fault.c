/* SPDX-License-Identifier: MIT */
/* print_fault.c: prints faults and warnings, as text or as JSON. */
#include "print_fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "diag.h"
#include "json.h"
#include "utf8.h"

static bool faults_as_json;

void uh_print_faults_as_json(void)
{
	faults_as_json = true;
}

void uh_print_fault(bool warning, const char *file, unsigned line, const char *text)
{
	const char *kind = warning ? "warning: " : "";

	/* "FILE:LINE: text" is the form of compilers, so editors can jump to the place. */
	if (faults_as_json) {
		uh_json_print_finding(stdout, warning ? "warning" : "error", file, line, text);
	} else if (file && line) {
		uh_write_clean(stderr, file);
		fprintf(stderr, ":%u: %s", line, kind);
		uh_write_clean(stderr, text);
		fputc('\n', stderr);
	} else if (file)
		uh_error("%s: %s%s", file, kind, text);
	else
		uh_error("%s%s", kind, text);
}

void uh_print_note(const char *text)
{
	if (faults_as_json)
		uh_json_print_finding(stdout, "note", NULL, 0, text);
	else
		uh_error("note: %s", text);
}

void uh_warning(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) >= 0) {
		uh_print_fault(true, NULL, 0, text);
		free(text);
	}
	va_end(arguments);
}
