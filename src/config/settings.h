/* SPDX-License-Identifier: MIT */
/* settings.h: the options outside of routes, each of which may be given once in all files. */
#ifndef UH_SETTINGS_H
#define UH_SETTINGS_H

#include "table/table.h"

struct uh_config;

enum uh_setting {
	UH_SET_LOG,
	UH_SET_LOG_TO,
	UH_SET_BACKLOG_WAIT,
	UH_SET_BACKLOG_WAIT_NONBLOCKING,
	UH_SET_LOG_LIMIT,
	UH_SET_STATS,
	UH_SET_STAND_IN_IPV4,
	UH_SET_STAND_IN_IPV6,
	UH_SET_RETRY_AFTER,
	UH_SET_RETRY_LIMIT,
	UH_SET_COMPILE_LIMIT,
	UH_SET_WRITE_CACHE,
	UH_SETTINGS
};

/* value.log_to and value.publics are for the builder to fill; log_to is owned, NULL for the
 * default. */
struct uh_settings {
	struct uh_table_settings value;
	char *log_to;
	char *publics; /* addresses, blanks between them; owned, NULL for none */
	struct uh_place {
		const char *file;
		unsigned line;
	} place[UH_SETTINGS]; /* where each was given; file NULL: nowhere yet */
};

/* The defaults. */
void uh_settings_begin(struct uh_settings *settings);

/* The options: each takes its value, or reports at config->file and line why not. */
void uh_set_log(struct uh_config *config, unsigned line, const char *value);
void uh_set_log_to(struct uh_config *config, unsigned line, const char *value);
void uh_set_log_limit(struct uh_config *config, unsigned line, const char *value);
void uh_set_stats(struct uh_config *config, unsigned line, const char *value);
void uh_set_backlog_wait(struct uh_config *config, unsigned line, const char *value);
void uh_set_backlog_wait_nonblocking(struct uh_config *config, unsigned line,
				     const char *value);
void uh_set_stand_in_ipv4(struct uh_config *config, unsigned line, const char *value);
void uh_set_stand_in_ipv6(struct uh_config *config, unsigned line, const char *value);
void uh_set_retry_after(struct uh_config *config, unsigned line, const char *value);
void uh_set_retry_limit(struct uh_config *config, unsigned line, const char *value);
void uh_set_compile_limit(struct uh_config *config, unsigned line, const char *value);
void uh_set_write_cache(struct uh_config *config, unsigned line, const char *value);

/* One address of a list, which may be given more than once: all of them count. */
void uh_set_public(struct uh_config *config, unsigned line, const char *value);

/* Gives the settings to config->builder, and the addresses that no stand-in may be. */
void uh_settings_finish(struct uh_config *config);

#endif
