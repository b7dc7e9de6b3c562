/* SPDX-License-Identifier: MIT */
/* epoll.c: epoll_create(2), epoll_create1(2) and epoll_ctl(2), to note what is registered
 * where. */
#include "epoll_sets.h"

#include "export.h"
#include "libc.h"
#include "notes.h"

static int note_set(int set)
{
	if (set >= 0)
		uh_epoll_set_made(set);
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

UH_EXPORT int epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
	int result = uh_libc_epoll_ctl()(set, operation, fd, event);

	if (result == 0) {		/* so the kernel could read *event */
		uh_epoll_set_made(set); /* it may be one that was inherited, or received */
		uh_note_epoll(fd, set, operation, event);
	}
	return result;
}
