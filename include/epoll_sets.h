/* SPDX-License-Identifier: MIT */
/* epoll_sets.h: keeps a descriptor's epoll registrations while the socket under it is replaced.
 */
#ifndef UH_EPOLL_SETS_H
#define UH_EPOLL_SETS_H

#include <stdbool.h>
#include <sys/epoll.h>

/* One number's registrations, each in another set: few in the caller's frame, which may be on a
 * small stack, and more in memory that is mapped for them. */
enum { UH_REGISTRATIONS_FEW = 4, UH_REGISTRATIONS_MORE = 256 };
struct uh_registrations {
	int count;
	struct uh_registration {
		int set;
		struct epoll_event event;
	} few[UH_REGISTRATIONS_FEW], *more;
};

/* An epoll set was made under this number. Async-signal-safe. */
void uh_epoll_set_made(int set);

/* A copy of from was made under to: if that is an epoll set, the copy is one too, which lives
 * on when from is closed. Async-signal-safe; errno is kept. */
void uh_epoll_set_copied(int from, int to);

/*
 * Finds the sets that exist already, from /proc/self/fd, for those that were inherited,
 * received or made by raw system calls: the first time that it is called in a process, as
 * reading all descriptors takes as long as a connection. Async-signal-safe; errno is kept.
 */
void uh_epoll_sets_discover(void);

/*
 * Takes fd out of every epoll set that it is registered in, and tells which. Returns true, and
 * then uh_epoll_put_back has to be called; or false with errno when it may not be taken out of
 * one, or there is no memory: it is then in all of them as before. errno is not kept otherwise.
 * Async-signal-safe.
 */
bool uh_epoll_take_out(int fd, struct uh_registrations *registrations);

/* Registers what is now under fd in those sets, with the same events and data, and gives back
 * their memory. errno is not kept. */
void uh_epoll_put_back(int fd, struct uh_registrations *registrations);

#endif
