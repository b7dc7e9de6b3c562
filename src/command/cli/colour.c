/* SPDX-License-Identifier: MIT */
/* colour.c: decides whether the output has colours. */
#include "colour.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const uh_colour_names[] = {"auto", "always", "never", NULL};

static enum uh_colours chosen;

void uh_colours_set(enum uh_colours colours)
{
	chosen = colours;
}

bool uh_has_colours(FILE *out)
{
	const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");

	if (chosen != UH_COLOURS_AUTO)
		return chosen == UH_COLOURS_ALWAYS;
	return !(no && *no) && isatty(fileno(out)) && terminal && strcmp(terminal, "dumb") != 0;
}

const char *uh_shade_sequence(enum uh_shade shade)
{
	static const char *const sequence[] = {"\033[0m", "\033[32m", "\033[31m", "\033[1m",
					       "\033[33m"};

	return sequence[shade];
}

void uh_put_shade(FILE *out, enum uh_shade shade)
{
	if (uh_has_colours(out))
		fputs(uh_shade_sequence(shade), out);
}
