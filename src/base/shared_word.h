/* SPDX-License-Identifier: MIT */
/* shared_word.h: words of a mapped file that another process may cut at any time. */
#ifndef UH_SHARED_WORD_H
#define UH_SHARED_WORD_H

#include <stdbool.h>
#include <stdint.h>

/*
 * An access to a page that the file no longer has raises SIGBUS. So the kernel accesses the
 * words, in system calls that fail with EFAULT instead: futex(2) adds to a word and compares
 * one, and clock_gettime(2) writes the time. No thread ever waits on these words.
 *
 * Each function returns false if the call failed. errno is not kept. Async-signal-safe.
 */

/* Adds a number to the word atomically: in one system call if the number is below 2048, else in
 * one more for each binary digit 1 above. */
bool uh_shared_add(uint32_t *word, uint32_t number);

/* True if the word has this value. */
bool uh_shared_is(const uint32_t *word, uint32_t value);

/* Writes the time: seconds since 1970, and nanoseconds. */
bool uh_shared_time(int64_t time[2]);

#endif
