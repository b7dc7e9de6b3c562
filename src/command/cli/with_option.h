/* SPDX-License-Identifier: MIT */
/* with_option.h: --with FILE=PATH, and standard input as a configuration. */
#ifndef UH_WITH_OPTION_H
#define UH_WITH_OPTION_H

#include <stdbool.h>

#include "base/array.h"

struct uh_table_request;

/* The candidates so far: struct uh_substitute (parse_config.h). {0} is none. */
struct uh_with {
	struct uh_array list;
	char *standard_input; /* the path of a copy in memory, or NULL */
};

/*
 * Adds argument, "FILE=PATH": FILE, or standard input if it is "-", is read in the place of
 * PATH, which is absolute. Returns false on failure (reported).
 */
bool uh_with_add(struct uh_with *with, const char *argument);

/*
 * Has source read standard input as its main file, which is shown as "<stdin>". Returns false
 * on failure (reported).
 */
bool uh_with_standard_input(struct uh_with *with, struct uh_table_request *source);

/*
 * Sets source->substitutes to the candidates, as not used. Returns false if memory ran out
 * (reported). No candidate may be added afterwards.
 */
bool uh_with_apply(struct uh_with *with, struct uh_table_request *source);

/* Reports each candidate that was not used when source was read. Returns false if there is one.
 */
bool uh_with_all_used(const struct uh_with *with, const struct uh_table_request *source);

void uh_with_free(struct uh_with *with);

#endif
