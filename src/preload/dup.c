/* SPDX-License-Identifier: MIT */
/*
 * dup.c: dup(2), dup2(2), dup3(2) and fcntl(2), to record that a descriptor has a copy.
 *
 * connect() must replace the socket under each copy that was made before. In a traced process
 * dup2() and dup3() also close a descriptor, as close() does.
 */
/* In 32-bit programs this macro would rename fcntl below to fcntl64. */
#undef _FILE_OFFSET_BITS

#include <fcntl.h>
#include <stdarg.h>

#include "observe/outcome.h"
#include "socket/replace/epoll_sets.h"
#include "export.h"
#include "libc/libc.h"
#include "socket/state/datagram_socket.h"
#include "socket/state/fd_hints.h"
#include "socket/replace/temporary_fds.h"
#include "observe/trace_channel.h"

static int note_copy(int from, int to)
{
	if (to >= 0 && from != to) {
		uh_fd_copied(from, to);
		uh_datagram_socket_forget(to);
		uh_temporary_number_reused(to);
		uh_epoll_set_copied(from, to);
	}
	return to;
}

UH_EXPORT int dup(int fd)
{
	return note_copy(fd, uh_libc_dup()(fd));
}

/*
 * Called before `to` is closed: the program may not have asked for the outcome of its
 * connection.
 */
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

/*
 * The third argument of a command, if it has one, is an int or a pointer; a pointer holds both.
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
/* Programs that are built with large file support call this in place of fcntl. */
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
