/* SPDX-License-Identifier: MIT */
/* print_fault.h: prints faults and warnings of configurations. */
#ifndef UH_PRINT_FAULT_H
#define UH_PRINT_FAULT_H

#include <stdbool.h>

struct uh_fault;

/*
 * Prints a fault of a configuration as "FILE:LINE: text", or as "unhairpin: FILE: text" if line
 * is 0. A warning has "warning: " before the text. file may be NULL.
 */
void uh_print_fault(bool warning, const char *file, unsigned line, const char *text);

/*
 * Prints a fault with its column, as "FILE:LINE:COLUMN: text", with the line of the file and a
 * caret below the place. A fault without a position is printed as uh_print_fault() does.
 */
void uh_print_fault_at(const struct uh_fault *fault);

/* Returns how many warnings were printed so far. */
unsigned uh_warnings_printed(void);

/* Prints a warning without a file, as uh_print_fault() does. */
void uh_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints a text that is neither an error nor a warning, as "unhairpin: note: text". */
void uh_print_note(const char *text);

/*
 * Makes uh_print_fault(), uh_print_note() and uh_warning() print JSON on stdout from now on, by
 * uh_json_print_finding() (json.h) with the severity "error", "note" or "warning".
 */
void uh_print_faults_as_json(void);

#endif
