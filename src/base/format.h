/* SPDX-License-Identifier: MIT */
/* format.h: printf(3) for code with little stack, and for signal handlers. */
#ifndef UH_FORMAT_H
#define UH_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Writes a text of at most size bytes with its NUL; a longer text is cut. If size is 0, nothing
 * is written. Supports %s (NULL prints "(null)"), %.*s, %d, %u, %llu, %x and %%, without flags
 * or widths. Returns the length of the written text without the NUL. Takes about 200 bytes of
 * stack, never allocates, and keeps errno. Async-signal-safe.
 */
size_t uh_format(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
size_t uh_format_list(char *text, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

#endif
