/* SPDX-License-Identifier: MIT */
/* print_suggestion.h: what suggest says of one destination. */
#ifndef UH_PRINT_SUGGESTION_H
#define UH_PRINT_SUGGESTION_H

#include <stdio.h>

#include "command/suggest/hairpin/hairpin.h"

/* Writes the route to the hairpin's target as a line of the configuration. A Unix target gets
 * the peer_user that listens there. */
void uh_suggestion_write_route(FILE *out, const struct uh_hairpin *hairpin);

/* Writes the destination and its notes as comments, and its route. A possible route is
 * commented out. */
void uh_suggestion_write(FILE *out, const struct uh_hairpin *hairpin);

/* Prints the same as a line of JSON, and takes hairpin->notes apart. Returns false on failure
 * (reported). */
bool uh_suggestion_print_json(struct uh_hairpin *hairpin);

#endif
