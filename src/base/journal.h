/* SPDX-License-Identifier: MIT */
/* journal.h: log lines as the journal, and as those who read line by line, want them. */
#ifndef UH_JOURNAL_H
#define UH_JOURNAL_H

#include <stddef.h>

/*
 * Adds a field to a message of the journal's native protocol, of which used bytes stand in
 * buffer (size bytes): "NAME=value" and a newline, or for a value with a newline in it the name
 * alone, the length in 64 little-endian bits, and the value. Nothing is added where there is no
 * room for all of it, or value is NULL. Returns how many bytes are used then.
 * Async-signal-safe.
 */
size_t uh_journal_field(char *buffer, size_t size, size_t used, const char *name,
			const char *value);

/*
 * Puts a "?" in place of every control byte, so that what is logged can't begin a line of its
 * own, or command a terminal. Returns text. Async-signal-safe.
 */
char *uh_journal_plain(char *text);

#endif
