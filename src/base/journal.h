/* SPDX-License-Identifier: MIT */
/* journal.h: the forms of a log line for the journal and for line-by-line readers. */
#ifndef UH_JOURNAL_H
#define UH_JOURNAL_H

#include <stddef.h>

/*
 * Appends a field to a message of the journal's native protocol. The message is the first used
 * of the size bytes of buffer. The field is "NAME=value" and a newline; a value that contains a
 * newline is written as the name, a newline, the length in 64 little-endian bits, and the
 * value. Nothing is added if there is no room for the whole field, or value is NULL. Returns
 * the new length of the message. Async-signal-safe.
 */
size_t uh_journal_field(char *buffer, size_t size, size_t used, const char *name,
			const char *value);

/*
 * Replaces every control byte by "?", so that a logged text cannot start a new line or control
 * a terminal. Returns text. Async-signal-safe.
 */
char *uh_journal_plain(char *text);

#endif
