/* SPDX-License-Identifier: MIT */
/* diag.h: messages: the only file that writes to stderr. */
#ifndef UH_DIAG_H
#define UH_DIAG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

/* Prints "unhairpin: ", the text and a newline. */
void uh_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "unhairpin: NAME: ", the text and a newline; without "NAME: " if name is "". */
void uh_error_list(const char *name, const char *format, va_list arguments);

/*
 * Ignores SIGPIPE, so that a closed pipe ends the process in uh_output_end() and not in the
 * middle of its work. Call it before the first output to stdout.
 */
void uh_output_begin(void);

/* True if nobody can read out any more: it is a pipe or a socket whose other end is closed. */
bool uh_output_is_closed(FILE *out);

/*
 * Ends the process by SIGPIPE, without a message, if out is closed (uh_output_is_closed):
 * `unhairpin … | head -n 1` then ends as with other programs.
 */
void uh_output_end_if_closed(FILE *out);

/*
 * Flushes stdout. Returns status, or failure (reported) if some output could not be written.
 * Does not return if that is because stdout was closed (uh_output_end_if_closed).
 */
int uh_output_end(int status, int failure);

#endif
