/* SPDX-License-Identifier: MIT */
/*
 * config_options.c: the table of all options: name, form, and the function that takes its
 * values.
 */
#include "config_options.h"

#include <string.h>

#include "config.h"

const struct uh_config_option uh_config_options[UH_OPTIONS_MAX + 1] = {
    {"include", UH_FORM_FUNCTION, uh_source_include},
    {"log", UH_FORM_VALUE, uh_set_log},
    {"log_to", UH_FORM_VALUE, uh_set_log_to},
    {"log_limit", UH_FORM_VALUE, uh_set_log_limit},
    {"stats", UH_FORM_VALUE, uh_set_stats},
    {"backlog_wait", UH_FORM_VALUE, uh_set_backlog_wait},
    {"backlog_wait_nonblocking", UH_FORM_VALUE, uh_set_backlog_wait_nonblocking},
    {"retry_after", UH_FORM_VALUE, uh_set_retry_after},
    {"retry_limit", UH_FORM_VALUE, uh_set_retry_limit},
    {"stand_in_ipv4", UH_FORM_VALUE, uh_set_stand_in_ipv4},
    {"stand_in_ipv6", UH_FORM_VALUE, uh_set_stand_in_ipv6},
    {"compile_limit", UH_FORM_VALUE, uh_set_compile_limit},
    {"write_cache", UH_FORM_VALUE, uh_set_write_cache},
    {"public", UH_FORM_LIST, uh_set_public},
    {"route", UH_FORM_SECTION, NULL},
};

const struct uh_config_option uh_route_options[UH_OPTIONS_MAX + 1] = {
    {"to", UH_FORM_LIST, uh_route_block_to},
    {"protocol", UH_FORM_VALUE, uh_route_block_protocol},
    {"on_failure", UH_FORM_VALUE, uh_route_block_on_failure},
    {"programs", UH_FORM_LIST, uh_route_block_programs},
    {"users", UH_FORM_LIST, uh_route_block_users},
    {"peer_user", UH_FORM_LIST, uh_route_block_peer_user},
    {"proxy_protocol", UH_FORM_VALUE, uh_route_block_proxy_protocol},
    {"enabled", UH_FORM_VALUE, uh_route_block_enabled},
    {"override", UH_FORM_VALUE, uh_route_block_override},
};

const struct uh_config_option *uh_config_option_find(const struct uh_config_option *table,
						     const char *name, size_t length)
{
	for (; table->name; table++)
		if (strlen(table->name) == length && memcmp(table->name, name, length) == 0)
			return table;
	return NULL;
}
