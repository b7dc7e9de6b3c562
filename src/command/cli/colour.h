/* SPDX-License-Identifier: MIT */
/* colour.h: --color, and the colours of the output on a terminal. */
#ifndef UH_COLOUR_H
#define UH_COLOUR_H

#include <stdbool.h>
#include <stdio.h>

/* The meaning of a colour. */
enum uh_shade { UH_PLAIN, UH_GOOD, UH_BAD, UH_TITLE, UH_DOUBTFUL };

/* The values of --color, in the order of uh_colour_names. */
enum uh_colours { UH_COLOURS_AUTO, UH_COLOURS_ALWAYS, UH_COLOURS_NEVER };
extern const char *const uh_colour_names[]; /* ends with NULL */

/* Sets the value of --color for the process. It is UH_COLOURS_AUTO before the first call. */
void uh_colours_set(enum uh_colours colours);

/*
 * True if text for out has colours. With UH_COLOURS_AUTO it has if out is a terminal with
 * colours, and NO_COLOR is not set (no-color.org).
 */
bool uh_has_colours(FILE *out);

/* Returns the escape sequence that begins a colour; UH_PLAIN ends it. The string is static. */
const char *uh_shade_sequence(enum uh_shade shade);

/* Writes the sequence that begins a colour, or ends it (UH_PLAIN), if out has colours. */
void uh_put_shade(FILE *out, enum uh_shade shade);

#endif
