/* SPDX-License-Identifier: MIT */
/* typo.c: guesses which name was meant by a mistyped word. */
#include "typo.h"

#include <stdbool.h>
#include <string.h>

#define LONGEST 31 /* no name is longer than that, so no longer word is near one */

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/*
 * Returns the Levenshtein distance, computed row by row, or LONGEST + 1 if a word is too long.
 */
static size_t distance(const char *a, const char *b)
{
	size_t row[LONGEST + 1], length = strlen(b);

	if (length > LONGEST || strlen(a) > LONGEST)
		return LONGEST + 1;
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			size_t above = row[j];

			row[j] =
			    least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[length];
}

/* A third of the letters may be wrong, but always one. */
static bool is_near(size_t edits, const char *name)
{
	size_t allowed = (strlen(name) + 2) / 3;

	return edits <= allowed;
}

const char *uh_typo_guess(const char *word, const void *array, size_t stride, size_t offset)
{
	const char *best = NULL, *name;
	size_t fewest = LONGEST + 1;

	for (const char *element = array;; element += stride) {
		memcpy(&name, element + offset, sizeof(name));
		if (!name)
			return best && is_near(fewest, best) ? best : NULL;
		size_t edits = distance(word, name);
		if (edits < fewest) {
			fewest = edits;
			best = name;
		}
	}
}
