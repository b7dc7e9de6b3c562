/* SPDX-License-Identifier: MIT */
/*
 * sock_shutdown.c: shutdown(2) on a stream that is, or will be, replaced by a Unix socket.
 *
 * If a Unix socket is shut for reading, the other end's writes fail at once (EPIPE, SIGPIPE).
 * TCP doesn't tell the other end: the service goes on writing, and the program can still read
 * that. SHUT_RD alone is therefore not passed to the replacement socket. A blocking read there
 * would wait where TCP gives end of file, so SO_RCVTIMEO makes it return after a microsecond.
 */
#include "sock_shutdown.h"

#include <errno.h>
#include <sys/socket.h>

#include "libc/libc.h"
#include "socket/state/half_closed.h"
#include "socket/state/identity.h"
#include "socket/state/records.h"
#include "socket/state/socket_info.h"

static int shut_replacement(int fd, int how, const struct uh_record *record)
{
	int result = 0;

	/* After SHUT_WR and SHUT_RD, in either order, both directions are shut. */
	if ((how == SHUT_RD && record->write_shut) ||
	    (how == SHUT_WR && uh_record_reading_ended(record->identity)))
		how = SHUT_RDWR;
	if (how == SHUT_RD)
		uh_end_reading(fd, record->identity);
	else
		result = uh_libc_shutdown()(fd, how);
	if (result != 0)
		return result;
	if (how != SHUT_RD)
		uh_record_set_write_shut(record->identity);
	/* shutdown(2) ends a connection in progress (inet_shutdown()). */
	uh_record_clear_in_progress(record->identity);
	return 0;
}

int uh_shutdown(int fd, int how)
{
	struct uh_record record;
	int saved = errno, result;

	if (uh_record_find(fd, &record) && record.kind == UH_REPLACED &&
	    uh_get_int_option(fd, SOL_SOCKET, SO_DOMAIN, 0) == AF_UNIX)
		result = shut_replacement(fd, how, &record);
	else
		result = uh_libc_shutdown()(fd, how);
	if (result == 0)
		errno = saved;
	else if (errno == ENOTCONN && uh_is_unconnected_stream(fd))
		uh_remember_early_shutdown(uh_socket_identity(fd), how);
	return result;
}
