/* SPDX-License-Identifier: MIT */
/* proc_lines.h: reads what the kernel tells in /proc, line by line, without allocating. */
#ifndef UH_PROC_LINES_H
#define UH_PROC_LINES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Calls visit for each line of an open file, without its end, until it returns false. A line
 * that has no room in the buffer is passed over. Returns false if reading fails. errno is not
 * kept. Async-signal-safe.
 */
bool uh_each_line(int fd, char *buffer, size_t size,
		  bool (*visit)(const char *line, void *context), void *context);

#endif
