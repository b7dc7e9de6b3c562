/* SPDX-License-Identifier: MIT */
/* typo.c: guesses the name that was meant by a word that isn't one. */
#include <string.h>

#include "command.h"

#define LONGEST 31 /* longer words than our longest name can't be near one */

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein's distance, one row at a time; LONGEST + 1 for words that are too long. */
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

/* Up to a third of the letters, and at least one, may be wrong; of short words that's enough.
 */
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
