/* SPDX-License-Identifier: MIT */
/* check_suggestion.h: whether suggested routes are valid beside the configuration. */
#ifndef UH_CHECK_SUGGESTION_H
#define UH_CHECK_SUGGESTION_H

#include "command/cli/load_table.h"
#include "command/suggest/hairpin/hairpin.h"

enum { UH_REFUSAL = 512 };

/*
 * Reads routes, a text in the form of a configuration, after those of source, by the code that
 * `check` uses. Returns true if there is neither fault nor warning, and the hairpin's
 * destination then leads to its target. Otherwise why (UH_REFUSAL bytes) says what is wrong.
 */
bool uh_routes_accepted(const struct uh_table_request *source, const char *routes,
			const struct uh_hairpin *hairpin, char *why);

#endif
