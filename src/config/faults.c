/* SPDX-License-Identifier: MIT */
/*
 * faults.c: reports faults of the configuration, and records failures that are not its fault.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/typo.h"
#include "config.h"

#define FAULT_TEXT 1024

/*
 * Every fault passes through this function, the builder's as well. A text can quote an escape
 * sequence or a line break from the configuration: control bytes are replaced, so that they
 * neither reach a terminal nor forge a line of a log.
 */
static void on_fault(void *context, const struct uh_fault *fault)
{
	struct uh_config *config = context;
	const struct uh_fault_reporter *reporter = &config->request->report;
	struct uh_fault passed = *fault;
	char clean[FAULT_TEXT];

	snprintf(clean, sizeof(clean), "%s", fault->text);
	for (char *c = clean; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	config->errors += !fault->warning;
	passed.text = clean;
	reporter->fault(reporter->context, &passed);
}

static void report(struct uh_config *config, bool warning, unsigned line, const char *text)
{
	struct uh_fault fault = {
	    .warning = warning, .file = config->file, .line = line, .text = text};

	if (line && line == config->position_line)
		fault.position = config->position;
	on_fault(config, &fault);
}

void uh_position_set(struct uh_config *config, struct uh_position position, unsigned line)
{
	config->position = position;
	config->position_line = line;
}

void uh_faults_begin(struct uh_config *config, const struct uh_parse_request *request)
{
	config->request = request;
	config->report = (struct uh_fault_reporter){.fault = on_fault, .context = config};
}

void uh_fault(struct uh_config *config, unsigned line, const char *format, ...)
{
	char text[FAULT_TEXT];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	report(config, false, line, text);
}

void uh_warn(struct uh_config *config, unsigned line, const char *format, ...)
{
	char text[FAULT_TEXT];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	report(config, true, line, text);
}

const char *uh_did_you_mean(const char *value, const char *const *words, char *text)
{
	const char *near = uh_typo_guess(value, words, sizeof(*words), 0);

	snprintf(text, UH_WHY, near ? " (did you mean \"%s\"?)" : "%s", near ? near : "");
	return text;
}

int uh_word_parse(struct uh_config *config, unsigned line, const char *what, const char *value,
		  const char *const *words, const char *expected)
{
	char guess[UH_WHY];

	for (int i = 0; words[i]; i++)
		if (strcmp(value, words[i]) == 0)
			return i;
	uh_fault(config, line, "unknown %s \"%s\"%s; expected %s", what, value,
		 uh_did_you_mean(value, words, guess), expected);
	return -1;
}

void uh_fail(struct uh_config *config, int error)
{
	if (!config->failure)
		config->failure = error;
}
