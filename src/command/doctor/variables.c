/* SPDX-License-Identifier: MIT */
/* variables.c: checks unhairpin's environment variables, as the preload object parses them. */
#include "variables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/variable.h"
#include "command/cli/diag.h"
#include "command/cli/print_fault.h"

void uh_variables_clean(void)
{
	for (int i = 0; i < UH_VARIABLES; i++) {
		const char *name = uh_variable_name[i], *value = getenv(name), *text = value;
		size_t length = value ? uh_value_span(&text) : 0;
		char *written;

		if (!value || strlen(value) == length)
			continue;
		written = strndup(text, length);
		if (!written || setenv(name, written, 1) != 0)
			uh_error("%s: %s", name, strerror(errno));
		free(written);
	}
}

void uh_variables_warn(void)
{
	for (int i = 0; i < UH_VARIABLES; i++) {
		const char *name = uh_variable_name[i], *value = getenv(name);
		const char *expected = value ? uh_value_expected(name, value) : NULL;

		if (expected)
			uh_warning("%s=%s is ignored; expected %s", name, value, expected);
	}
}

void uh_doctor_variable(struct uh_doctor_report *report, const char *where,
			const char *variable)
{
	const char *equals = strchr(variable, '='), *expected = NULL;

	for (int i = 0; equals && i < UH_VARIABLES; i++)
		if (strlen(uh_variable_name[i]) == (size_t)(equals - variable) &&
		    strncmp(variable, uh_variable_name[i], (size_t)(equals - variable)) == 0)
			expected = uh_value_expected(uh_variable_name[i], equals + 1);
	if (strncmp(variable, "LD_PRELOAD=", 11) == 0 && strpbrk(variable, "\"'"))
		uh_doctor_print(report, UH_FAULT, where,
				"%s: ld.so takes the quotes as part of the path; remove them",
				variable);
	if (expected)
		uh_doctor_print(report, UH_NOTE, where, "%s is ignored; expected %s", variable,
				expected);
	else if (strcmp(variable, "UNHAIRPIN=off") == 0)
		uh_doctor_print(report, UH_FAULT, where,
				"UNHAIRPIN=off, so no connection is routed; remove it");
}
