/* SPDX-License-Identifier: MIT */
/*
 * epoll_ctl.c: epoll_create(2), epoll_create1(2) and epoll_ctl(2), to record which descriptor
 * is registered in which epoll set.
 */
#include <errno.h>

#include "socket/replace/epoll_notes.h"
#include "socket/replace/epoll_sets.h"
#include "socket/replace/epoll_swaps.h"
#include "export.h"
#include "libc/libc.h"

static int note_set(int set)
{
	if (set >= 0)
		uh_epoll_set_created(set);
	return set;
}

UH_EXPORT int epoll_create(int size)
{
	return note_set(uh_libc_epoll_create()(size));
}

UH_EXPORT int epoll_create1(int flags)
{
	return note_set(uh_libc_epoll_create1()(flags));
}

/* The registration is recorded at once, so that a replacement that begins later finds it. */
static int control(int set, int operation, int fd, struct epoll_event *event)
{
	int result = uh_libc_epoll_ctl()(set, operation, fd, event);

	if (result == 0) /* so *event is readable */
		uh_epoll_note_write(fd, uh_epoll_set_id(set),
				    operation == EPOLL_CTL_DEL ? NULL : event);
	return result;
}

/*
 * The socket was replaced during the call, which is therefore repeated. If the first call
 * succeeded, it may have changed the old socket's registration, and a repetition does no harm;
 * if it failed, neither socket may have been registered at that moment.
 */
__attribute__((noinline)) static int control_again(int set, int operation, int fd,
						   struct epoll_event *event, int first)
{
	int again;

	uh_swap_await(fd);
	again = control(set, operation, fd, event);
	return first == 0 ? 0 : again;
}

UH_EXPORT int epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
	int saved = errno;
	uint32_t before = uh_swap_await(fd);
	int result = control(set, operation, fd, event);

	if (uh_swap_began_since(fd, before))
		result = control_again(set, operation, fd, event, result);
	if (result == 0)
		errno = saved;
	return result;
}
