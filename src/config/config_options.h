/* SPDX-License-Identifier: MIT */
/* config_options.h: the table of all options; a new one is a row here. */
#ifndef UH_CONFIG_OPTIONS_H
#define UH_CONFIG_OPTIONS_H

#include <stddef.h>

struct uh_config;

/* The form of an option: x = 1, x = {1, 2}, x(1), x "title" { … }. */
enum uh_form { UH_FORM_VALUE, UH_FORM_LIST, UH_FORM_FUNCTION, UH_FORM_SECTION };

/* take is called with each value and its line; it is NULL for a section. */
struct uh_config_option {
	const char *name;
	enum uh_form form;
	void (*take)(struct uh_config *config, unsigned line, const char *value);
};

/* Each table ends with a row without a name, which UH_OPTIONS_MAX does not count. */
#define UH_OPTIONS_MAX 16
extern const struct uh_config_option uh_config_options[]; /* outside of routes */
extern const struct uh_config_option uh_route_options[];  /* inside */

/* Returns the row of a name (length bytes, no NUL needed), or NULL. */
const struct uh_config_option *uh_config_option_find(const struct uh_config_option *table,
						     const char *name, size_t length);

#endif
