/* SPDX-License-Identifier: MIT */
/* setting_values.c: formats the settings of a table. */
#include "setting_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log_level.h"

/* How the value is stored: struct uh_table_settings. */
enum form { LEVEL, TEXT, NUMBER, TIME, SWITCH, NETWORK };

#define SETTING(name, form, member)                                                            \
	{                                                                                      \
		name, form, offsetof(struct uh_table_settings, member)                         \
	}

static const struct {
	const char *name;
	enum form form;
	size_t offset;
} settings[UH_SETTING_VALUES] = {
    SETTING("log", LEVEL, log_level),
    SETTING("log_to", TEXT, log_to),
    SETTING("log_limit", NUMBER, log_limit),
    SETTING("backlog_wait", TIME, backlog_wait_ms),
    SETTING("backlog_wait_nonblocking", TIME, backlog_wait_nonblocking_ms),
    SETTING("retry_after", TIME, retry_after_ms),
    SETTING("retry_limit", TIME, retry_limit_ms),
    SETTING("compile_limit", TIME, compile_limit_ms),
    SETTING("write_cache", SWITCH, write_cache),
    SETTING("stats", SWITCH, stats),
    SETTING("stand_in_ipv4", NETWORK, stand_in[UH_IPV4]),
    SETTING("stand_in_ipv6", NETWORK, stand_in[UH_IPV6]),
    SETTING("public", TEXT, publics),
};

const char *uh_setting_name(int i)
{
	return settings[i].name;
}

static char *print_network(const struct uh_prefix *network)
{
	unsigned bits = uh_address_is_v4(&network->address) ? UH_V4_PREFIX : 0;
	char address[UH_ADDRESS_TEXT], *text;

	return asprintf(&text, "%s/%u", uh_address_format(&network->address, address),
			network->prefix_length - bits) < 0
		   ? NULL
		   : text;
}

static char *print_number(uint32_t number, const char *unit)
{
	char *text;

	return asprintf(&text, "%u%s", (unsigned)number, number ? unit : "") < 0 ? NULL : text;
}

char *uh_setting_value(const struct uh_table *table, int i)
{
	const char *at = (const char *)uh_table_settings(table) + settings[i].offset;
	uint32_t number;

	memcpy(&number, at, sizeof(number));
	switch (settings[i].form) {
	case LEVEL:
		return strdup(uh_log_level_name((enum uh_log_level)number));
	case TEXT:
		return strdup(uh_table_text(table, number));
	case NUMBER:
		return print_number(number, "");
	case TIME:
		return number % 1000 ? print_number(number, "ms")
				     : print_number(number / 1000, "s");
	case SWITCH:
		return strdup(number ? "on" : "off");
	default:
		return print_network((const struct uh_prefix *)at);
	}
}

void uh_setting_note_place(struct uh_setting_places *places, const char *name, const char *file,
			   unsigned line)
{
	char *text;

	for (int i = 0; i < UH_SETTING_VALUES; i++) {
		char *before = places->text[i];

		if (strcmp(settings[i].name, name) != 0 ||
		    asprintf(&text, "%s%s%s:%u", before ? before : "", before ? " " : "", file,
			     line) < 0)
			continue;
		free(before);
		places->text[i] = text;
	}
}

void uh_setting_places_free(struct uh_setting_places *places)
{
	for (int i = 0; i < UH_SETTING_VALUES; i++)
		free(places->text[i]);
}
