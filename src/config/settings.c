/* SPDX-License-Identifier: MIT */
/* settings.c: log, log_to and the backlog waits. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "config.h"

#define BACKLOG_WAIT_MS 1000 /* a busy server drains a backlog within that, or not at all */

void uh_settings_begin(struct uh_settings *settings)
{
	settings->value.log_level = UH_LOG_WARNING;
	settings->value.backlog_wait_ms = BACKLOG_WAIT_MS;
	settings->value.backlog_wait_nonblocking_ms = 0;
}

/* Notes where a setting is given. False, and reported, when it was given before, in any file.
 */
static bool first_time(struct uh_config *config, enum uh_setting setting, const char *name,
		       unsigned line)
{
	struct uh_place *place = &config->settings.place[setting];

	if (place->file) {
		uh_fault(config, line,
			 "\"%s\" is given twice; expected once, it is also at %s:%u", name,
			 place->file, place->line);
		return false;
	}
	*place = (struct uh_place){config->file, line};
	return true;
}

void uh_set_log(struct uh_config *config, unsigned line, const char *value)
{
	int level = uh_log_level_parse(value);

	if (!first_time(config, UH_SET_LOG, "log", line))
		return;
	if (level < 0)
		uh_fault(
		    config, line,
		    "unknown log level \"%s\"; expected off, error, warning, info or debug",
		    value);
	else
		config->settings.value.log_level = level;
}

void uh_set_log_to(struct uh_config *config, unsigned line, const char *value)
{
	if (!first_time(config, UH_SET_LOG_TO, "log_to", line))
		return;
	if (value[0] != '/' && strcmp(value, "journal") && strcmp(value, "stderr")) {
		uh_fault(config, line,
			 "unknown log_to \"%s\"; expected journal, stderr or an absolute path",
			 value);
		return;
	}
	config->settings.log_to = strdup(value);
	if (!config->settings.log_to)
		uh_fail(config, ENOMEM);
}

/* "0", or digits with "ms" or "s", into milliseconds that fit an int (poll(2) takes no more).
 */
static bool parse_wait(const char *value, uint32_t *milliseconds)
{
	char *unit;
	unsigned long long number = strtoull(value, &unit, 10);

	if (value[0] < '0' || value[0] > '9' || number > INT32_MAX)
		return false;
	/* strtoull takes blanks and signs too, hence the look at the first character above. */
	if (!strcmp(unit, "s"))
		number *= 1000;
	else if (strcmp(unit, "ms") && (*unit || number))
		return false;
	*milliseconds = (uint32_t)number;
	return number <= INT32_MAX;
}

static void set_wait(struct uh_config *config, unsigned line, const char *name,
		     const char *value, uint32_t *milliseconds)
{
	uint32_t wait;

	if (parse_wait(value, &wait))
		*milliseconds = wait;
	else
		uh_fault(config, line,
			 "bad %s \"%s\"; expected a time like \"500ms\" or \"2s\", at most %ds",
			 name, value, INT32_MAX / 1000);
}

void uh_set_backlog_wait(struct uh_config *config, unsigned line, const char *value)
{
	if (first_time(config, UH_SET_BACKLOG_WAIT, "backlog_wait", line))
		set_wait(config, line, "backlog_wait", value,
			 &config->settings.value.backlog_wait_ms);
}

void uh_set_backlog_wait_nonblocking(struct uh_config *config, unsigned line, const char *value)
{
	static const char name[] = "backlog_wait_nonblocking";

	if (first_time(config, UH_SET_BACKLOG_WAIT_NONBLOCKING, name, line))
		set_wait(config, line, name, value,
			 &config->settings.value.backlog_wait_nonblocking_ms);
}

void uh_settings_finish(struct uh_config *config)
{
	const char *log_to = config->settings.log_to ? config->settings.log_to : "journal";

	if (uh_builder_settings(config->builder, &config->settings.value, log_to) < 0)
		uh_fail(config, errno);
}
