/* SPDX-License-Identifier: MIT */
/* print_fault.c: prints faults and warnings, as text or as JSON. */
#include "print_fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/builder.h"
#include "colour.h"
#include "diag.h"
#include "json.h"
#include "utf8.h"

static bool faults_as_json;
static unsigned warnings;

void uh_print_faults_as_json(void)
{
	faults_as_json = true;
}

/* Returns the number of characters from the line's beginning up to a place in it. */
static unsigned characters_before(const struct uh_position *position)
{
	unsigned count = 0;

	for (const char *at = position->line; at < position->at; count++) {
		size_t length = uh_utf8_length(at);

		at += length ? length : 1;
	}
	return count;
}

/* Returns the length of the position's line, without a CR at its end. */
static size_t line_length(const struct uh_position *position)
{
	size_t length = strcspn(position->line, "\n");

	return length && position->line[length - 1] == '\r' ? length - 1 : length;
}

/* Writes the line with its tabs, and nothing else that moves a terminal's cursor. */
static void write_line(char *line)
{
	for (char *tab; (tab = strchr(line, '\t')); line = tab + 1) {
		*tab = '\0';
		uh_write_clean(stderr, line);
		fputc('\t', stderr);
	}
	uh_write_clean(stderr, line);
}

/*
 * Prints the line, and a caret under the place. Tabs are repeated before the caret, so that it
 * stands right whatever their width is. A line that no terminal shows whole is left out.
 */
static void print_line(const struct uh_position *position)
{
	enum { LONGEST = 300 };
	const char *tab = position->line;
	size_t length = line_length(position);
	char *line = length <= LONGEST ? strndup(position->line, length) : NULL;

	if (!line)
		return;
	fputs("  ", stderr);
	write_line(line);
	fputs("\n  ", stderr);
	for (unsigned i = characters_before(position); i > 0; i--) {
		size_t bytes = uh_utf8_length(tab);

		fputc(*tab == '\t' ? '\t' : ' ', stderr);
		tab += bytes ? bytes : 1;
	}
	fputs("^\n", stderr);
	free(line);
}

/* Prints FILE:LINE, and :COLUMN unless it is 0. */
static void print_place(const char *file, unsigned line, unsigned column)
{
	uh_write_clean(stderr, file);
	fprintf(stderr, ":%u", line);
	if (column)
		fprintf(stderr, ":%u", column);
	fputs(": ", stderr);
}

/* Prints the text in red, or "warning: " in yellow before it. */
static void print_text(bool warning, const char *text)
{
	uh_put_shade(stderr, warning ? UH_DOUBTFUL : UH_BAD);
	if (warning) {
		fputs("warning: ", stderr);
		uh_put_shade(stderr, UH_PLAIN);
	}
	uh_write_clean(stderr, text);
	if (!warning)
		uh_put_shade(stderr, UH_PLAIN);
	fputc('\n', stderr);
}

unsigned uh_warnings_printed(void)
{
	return warnings;
}

void uh_print_fault_at(const struct uh_fault *fault)
{
	unsigned column = fault->position.line ? characters_before(&fault->position) + 1 : 0;

	warnings += fault->warning;
	if (faults_as_json) {
		uh_json_print_place(stdout, fault->warning ? "warning" : "error", fault->file,
				    fault->line, column, fault->text);
		return;
	}
	/* The form of compilers, so editors can jump to the place. */
	if (fault->file && fault->line) {
		print_place(fault->file, fault->line, column);
	} else {
		fputs("unhairpin: ", stderr);
		if (fault->file) {
			uh_write_clean(stderr, fault->file);
			fputs(": ", stderr);
		}
	}
	print_text(fault->warning, fault->text);
	if (column && fault->file && fault->line)
		print_line(&fault->position);
}

void uh_print_fault(bool warning, const char *file, unsigned line, const char *text)
{
	uh_print_fault_at(
	    &(struct uh_fault){.warning = warning, .file = file, .line = line, .text = text});
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
