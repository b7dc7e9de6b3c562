/* SPDX-License-Identifier: MIT */
/* shared_word.h: words of a file that is mapped, and that another process may cut at any time.
 */
#ifndef UH_SHARED_WORD_H
#define UH_SHARED_WORD_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A look at a page that the file does not have any more is SIGBUS. The kernel looks instead, in
 * system calls that end with EFAULT then: futex(2) adds to a word and compares one, and
 * clock_gettime(2) writes the time. Nobody waits on these words, and nobody is woken.
 *
 * Each returns false if it was not done. errno is not kept. Async-signal-safe.
 */

/* Adds 1, at once for all processes. */
bool uh_shared_count(uint32_t *word);

/* Whether the word has this value. */
bool uh_shared_is(const uint32_t *word, uint32_t value);

/* The time now: seconds since 1970, and nanoseconds. */
bool uh_shared_time(int64_t time[2]);

#endif
