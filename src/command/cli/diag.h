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
 * Prints a fault of a configuration as "FILE:LINE: text", or as "unhairpin: FILE: text" if line
 * is 0. A warning has "warning: " before the text. file may be NULL.
 */
void uh_print_fault(bool warning, const char *file, unsigned line, const char *text);

/* Prints a warning without a file, as uh_print_fault() does. */
void uh_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Makes uh_print_fault() and uh_warning() print JSON on stdout from now on, by
 * uh_json_print_finding() (json.h) with the severity "error" or "warning".
 */
void uh_print_faults_as_json(void);

/*
 * Ignores SIGPIPE, so that a closed pipe is an error that uh_output_end() reports. Call it
 * before the first output to stdout.
 */
void uh_output_begin(void);

/* Flushes stdout. Returns status, or failure (reported) if some output could not be written. */
int uh_output_end(int status, int failure);

#endif
