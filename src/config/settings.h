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

/*
 * The settings so far. The builder fills value.log_to and value.publics in. log_to is owned;
 * NULL: the default.
 */
struct uh_settings {
	struct uh_table_settings value;
	char *log_to;
	char *publics; /* addresses separated by blanks; owned; NULL: none */
	struct uh_place {
		const char *file;
		unsigned line;
	} place[UH_SETTINGS]; /* where each setting was given; file is NULL: not given */
};

/* Sets the defaults. */
void uh_settings_begin(struct uh_settings *settings);

/* The options. Each function takes its value, or reports at config->file and line. */
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

/* Adds one public address. The option may be given more than once; all addresses count. */
void uh_set_public(struct uh_config *config, unsigned line, const char *value);

/* Passes the settings to config->builder, and the addresses that must not be stand-ins. */
void uh_settings_finish(struct uh_config *config);

#endif
