/* SPDX-License-Identifier: MIT */
/* diag.h: messages: the only file that writes to stderr. */
#ifndef UH_DIAG_H
#define UH_DIAG_H

#include <stdarg.h>
#include <stdbool.h>

/* Prints "unhairpin: ", the text and a newline. */
void uh_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "unhairpin: NAME: ", the text and a newline; without "NAME: " if name is "". */
void uh_error_list(const char *name, const char *format, va_list arguments);

/*
 * Ignores SIGPIPE, so that a closed pipe is an error that uh_output_end() reports. Call it
 * before the first output to stdout.
 */
void uh_output_begin(void);

/* Flushes stdout. Returns status, or failure (reported) if some output could not be written. */
int uh_output_end(int status, int failure);

#endif
