/* SPDX-License-Identifier: MIT */
/* epoll_registrations.h: keeps a descriptor's epoll registrations while the socket under it is
 * replaced. */
#ifndef UH_EPOLL_REGISTRATIONS_H
#define UH_EPOLL_REGISTRATIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/* One number's registrations, each in another set: few in the caller's frame, which may be on a
 * small stack, and more in memory that is mapped for them. */
enum { UH_REGISTRATIONS_INLINE = 4, UH_REGISTRATIONS_MORE = 256 };
struct uh_registrations {
	uint32_t swap;	  /* epoll_swaps.h */
	uint64_t signals; /* the thread's mask, to be set again if there are registrations */
	int count;
	struct uh_registration {
		int set;
		struct epoll_event event;
	} built_in[UH_REGISTRATIONS_INLINE], *more;
};

/*
 * Takes fd out of every epoll set that it is registered in, and tells which. Returns true, and
 * then uh_epoll_put_back has to be called at once: signals are held off if there are any. Or
 * false with errno: it is then in all of them as before, because it may not be taken out of
 * one, there is no memory, or nobody can tell (ENOBUFS) whether or for what it is registered.
 * errno is not kept otherwise. Async-signal-safe.
 */
bool uh_epoll_take_out(int fd, struct uh_registrations *registrations);

/* Registers what is now under fd in those sets, with the same events and data, and gives back
 * their memory. errno is not kept. */
void uh_epoll_put_back(int fd, struct uh_registrations *registrations);

/* Notes what is registered in every set past our epoll_ctl(2), for the time when the kernel may
 * not be asked any more. errno is kept. Async-signal-safe. */
void uh_epoll_learn(void);

#endif
