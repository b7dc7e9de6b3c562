/* SPDX-License-Identifier: MIT */
/* proc_lines.c: reads an open file line by line. */
#include "proc_lines.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

bool uh_each_line(int fd, char *buffer, size_t size,
		  bool (*visit)(const char *line, void *context), void *context)
{
	bool is_rest = false; /* buffer holds the rest of a line that is too long */
	size_t kept = 0;
	long got;

	while ((got = syscall(SYS_read, fd, buffer + kept, size - 1 - kept)) > 0) {
		char *start = buffer, *end;

		buffer[kept + (size_t)got] = '\0';
		for (; (end = strchr(start, '\n')); start = end + 1) {
			*end = '\0';
			if (!is_rest && !visit(start, context))
				return true;
			is_rest = false;
		}
		kept = strlen(start);
		if (kept == size - 1) {
			is_rest = true;
			kept = 0;
		}
		memmove(buffer, start, kept);
	}
	return got == 0;
}
