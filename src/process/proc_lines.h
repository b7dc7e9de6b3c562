/* SPDX-License-Identifier: MIT */
/* proc_lines.h: reads the kernel's text files in /proc line by line, without allocating. */
#ifndef UH_PROC_LINES_H
#define UH_PROC_LINES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Calls visit for each line of the open file fd, without its newline, until visit returns
 * false. Lines that don't fit into the buffer of size bytes are skipped. Returns false if
 * reading fails. errno is not kept. Async-signal-safe.
 */
bool uh_each_line(int fd, char *buffer, size_t size,
		  bool (*visit)(const char *line, void *context), void *context);

#endif
