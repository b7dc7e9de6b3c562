/* SPDX-License-Identifier: MIT */
/* format.h: printf(3) for code that may have little stack, or run in a signal handler. */
#ifndef UH_FORMAT_H
#define UH_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Writes a text into size bytes (0: nothing is written), cut if it is longer, and always ended
 * by a NUL. Knows %s (NULL: "(null)"), %.*s, %d, %u, %llu, %x and %%, without flags or widths.
 * Returns the length of what was written without the NUL, which is less than size. Takes about
 * 200 bytes of stack, never allocates, and keeps errno. Async-signal-safe.
 */
size_t uh_format(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
size_t uh_format_list(char *text, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

#endif
