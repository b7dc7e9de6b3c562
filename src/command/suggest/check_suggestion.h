/* SPDX-License-Identifier: MIT */
/* check_suggestion.h: whether routes would be taken beside those that there are. */
#ifndef UH_CHECK_SUGGESTION_H
#define UH_CHECK_SUGGESTION_H

#include "command/cli/command.h"
#include "command/suggest/hairpin/hairpin.h"

enum { UH_REFUSAL = 512 };

/*
 * Reads routes, as a configuration has them, after those of the source, with the code that
 * `check` uses. True if nothing is wrong with them, not even a warning, and the hairpin's
 * destination leads to its target then. False: why (UH_REFUSAL bytes) says what is wrong.
 */
bool uh_routes_accepted(const struct uh_table_request *source, const char *routes,
			const struct uh_hairpin *hairpin, char *why);

#endif
