/* SPDX-License-Identifier: MIT */
/* log_setup.c: sets up the log from UNHAIRPIN_LOG and the settings of the routes. */
#include "log_setup.h"

#include "process/environment.h"
#include "log.h"
#include "base/variable.h"

void uh_log_fault(bool warning, const char *file, unsigned line, const char *text)
{
	enum uh_log_level level = warning ? UH_LOG_WARNING : UH_LOG_ERROR;

	if (file && line)
		uh_log(level, "%s:%u: %s", file, line, text);
	else if (file)
		uh_log(level, "%s: %s", file, text);
	else
		uh_log(level, "%s", text);
}

void uh_log_set_up(const struct uh_table *table)
{
	const struct uh_table_settings *settings = table ? uh_table_settings(table) : NULL;
	const char *value = uh_environment_get("UNHAIRPIN_LOG"), *place = NULL;
	int level = -1;

	if (value)
		uh_log_value_parse(value, &level, &place);
	if (level < 0)
		level = settings ? settings->log_level : UH_LOG_WARNING;
	if (!place)
		place = settings ? uh_table_text(table, settings->log_to) : "journal";
	uh_log_open((enum uh_log_level)level, place);
	uh_log_set_limit(settings ? settings->log_limit : UH_LOG_LIMIT);
}

void uh_variables_check(void)
{
	for (int i = 0; i < UH_VARIABLES; i++) {
		const char *name = uh_variable_name[i], *value = uh_environment_get(name);
		const char *expected = value ? uh_value_expected(name, value) : NULL;

		if (expected)
			uh_log(UH_LOG_WARNING, "%s=%s is ignored; expected %s", name, value,
			       expected);
	}
}
