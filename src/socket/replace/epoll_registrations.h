/* SPDX-License-Identifier: MIT */
/*
 * epoll_registrations.h: keeps a descriptor's epoll registrations while its socket is replaced.
 */
#ifndef UH_EPOLL_REGISTRATIONS_H
#define UH_EPOLL_REGISTRATIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/*
 * The registrations of one descriptor, one for each set. A few fit into the caller's stack
 * frame, which must stay small; more are in memory that is mapped for them.
 */
enum { UH_REGISTRATIONS_INLINE = 4, UH_REGISTRATIONS_MORE = 256 };
struct uh_registrations {
	uint32_t swap;	  /* see epoll_swaps.h */
	uint64_t signals; /* the previous signal mask; valid if count > 0 */
	int count;
	struct uh_registration {
		int set;
		struct epoll_event event;
	} built_in[UH_REGISTRATIONS_INLINE], *more;
};

/*
 * Removes fd from every epoll set and stores its registrations. If this returns true, the
 * caller must call uh_epoll_register_again at once: signals are blocked if there are any
 * registrations. Returns false with errno if fd can't be removed from a set, if there is no
 * memory, or if nobody can tell whether or for what it is registered (ENOBUFS); it is then
 * registered as before. errno is not kept on success. Async-signal-safe.
 */
bool uh_epoll_unregister(int fd, struct uh_registrations *registrations);

/*
 * Registers the file that is now under fd in those sets, with the same events and data. Frees
 * the memory and restores the signal mask. errno is not kept. Async-signal-safe.
 */
void uh_epoll_register_again(int fd, struct uh_registrations *registrations);

/*
 * Notes all registrations that bypassed our epoll_ctl(2), before a seccomp filter forbids
 * asking the kernel. errno is kept. Async-signal-safe.
 */
void uh_epoll_note_all(void);

#endif
