/* SPDX-License-Identifier: MIT */
/* epoll_sets.h: keeps a descriptor's epoll registrations while the socket under it is replaced.
 */
#ifndef UH_EPOLL_SETS_H
#define UH_EPOLL_SETS_H

#include <stdbool.h>
#include <sys/epoll.h>

enum { UH_REGISTRATIONS = 64 };

/* One number's registrations, each in another set. */
struct uh_registrations {
	int count;
	struct uh_registration {
		int set;
		struct epoll_event event;
	} at[UH_REGISTRATIONS];
};

/* An epoll set was made under this number. Async-signal-safe. */
void uh_epoll_set_made(int set);

/* A copy of from was made under to: if that is an epoll set, the copy is one too, which lives on
 * when from is closed. Async-signal-safe; errno is kept. */
void uh_epoll_set_copied(int from, int to);

/*
 * Finds the sets that exist already, from /proc/self/fd, for those that were inherited,
 * received or made by raw system calls: the first time that it is called in a process, as
 * reading all descriptors takes as long as a connection. Async-signal-safe; errno is kept.
 */
void uh_epoll_sets_discover(void);

/*
 * Takes fd out of every epoll set that it is registered in, and tells which. Returns false with
 * errno when it may not be taken out of one: it is then in all of them as before. errno is not
 * kept otherwise. Async-signal-safe.
 */
bool uh_epoll_take_out(int fd, struct uh_registrations *registrations);

/* Registers what is now under fd in those sets, with the same events and data. errno is not
 * kept. */
void uh_epoll_put_back(int fd, const struct uh_registrations *registrations);

#endif
