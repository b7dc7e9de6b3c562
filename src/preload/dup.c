/* SPDX-License-Identifier: MIT */
/*
 * dup.c: dup(2), dup2(2), dup3(2) and fcntl(2), to note that a descriptor has a copy.
 *
 * A copy that is made before connect() has to be connected with it. Otherwise dup2() and dup3()
 * are, for a process that is traced, what close() is.
 */
/* In 32-bit programs it would make fcntl below another name for fcntl64. */
#undef _FILE_OFFSET_BITS

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

#include "observe/outcome.h"
#include "socket/replace/epoll_sets.h"
#include "export.h"
#include "libc/libc.h"
#include "socket/state/fd_hints.h"
#include "socket/replace/temporary_fds.h"
#include "observe/trace_sender.h"

static int note_copy(int from, int to)
{
	if (to >= 0 && from != to) {
		uh_fd_copied(from, to);
		uh_temporary_taken(to);
		uh_epoll_set_copied(from, to);
	}
	return to;
}

UH_EXPORT int dup(int fd)
{
	return note_copy(fd, uh_libc_dup()(fd));
}

/* Before a number is taken from a connection whose outcome the program has not asked for. */
static void before_copy(int from, int to)
{
	if (from != to && uh_traces())
		uh_awaited_closing(to);
}

UH_EXPORT int dup2(int fd, int to)
{
	before_copy(fd, to);
	return note_copy(fd, uh_libc_dup2()(fd, to));
}

UH_EXPORT int dup3(int fd, int to, int flags)
{
	before_copy(fd, to);
	return note_copy(fd, uh_libc_dup3()(fd, to, flags));
}

static int note_command(int fd, int command, int result)
{
	if (result < 0)
		return result;
	switch (command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return note_copy(fd, result);
	case F_SETOWN:
	case F_SETOWN_EX:
	case F_SETSIG:
		uh_fd_add_hint(fd, UH_HINT_OWNER);
	}
	return result;
}

/* Every command's third argument, if there is one, is an int or a pointer: both fit a pointer.
 */
UH_EXPORT int fcntl(int fd, int command, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return note_command(fd, command, uh_libc_fcntl()(fd, command, argument));
}

#ifdef __GLIBC__
/* What programs built with large file support call in fcntl's place. */
UH_EXPORT int fcntl64(int fd, int command, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return note_command(fd, command, uh_libc_fcntl64()(fd, command, argument));
}
#endif
