/* SPDX-License-Identifier: MIT */
/* typo.h: guesses the name that a misspelt word means. */
#ifndef UH_TYPO_H
#define UH_TYPO_H

#include <stddef.h>

/*
 * Returns the name in array that is nearest to word (fewest single-letter edits), or NULL if
 * none is near enough. array has elements of stride bytes with a pointer to the name at offset;
 * a NULL name ends it.
 */
const char *uh_typo_guess(const char *word, const void *array, size_t stride, size_t offset);

#endif
