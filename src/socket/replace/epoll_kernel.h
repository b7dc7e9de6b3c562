/* SPDX-License-Identifier: MIT */
/* epoll_kernel.h: asks the kernel what is registered in an epoll set. */
#ifndef UH_EPOLL_KERNEL_H
#define UH_EPOLL_KERNEL_H

#include <stdbool.h>
#include <sys/epoll.h>

enum uh_membership {
	UH_REGISTERED,
	UH_NOT_REGISTERED,
	UH_NO_EPOLL_SET, /* the number is not (or no longer) an epoll set */
	UH_CANNOT_TELL,
};

/*
 * Returns whether fd is registered in set, by kcmp(2) (KCMP_EPOLL_TFD, since Linux 4.13). Must
 * not be called under a seccomp filter. errno is not kept. Async-signal-safe.
 */
enum uh_membership uh_epoll_kcmp_find(int fd, int set);

/*
 * True if the number is an epoll set, by kcmp(2), or by uh_epoll_fdinfo_is_set if kcmp(2) can't
 * tell. Must not be called under a seccomp filter. errno is not kept. Async-signal-safe.
 */
bool uh_epoll_is_set(int number);

/*
 * Returns whether fd is registered in set, and its events and data in *event, from
 * /proc/thread-self/fdinfo. Returns UH_CANNOT_TELL if that can't be read. Takes time in
 * proportion to the size of the set. errno is not kept. Async-signal-safe.
 */
enum uh_membership uh_epoll_fdinfo_find(int fd, int set, struct epoll_event *event);

/*
 * True if the number is an epoll set with at least one registration, from
 * /proc/thread-self/fdinfo. errno is not kept. Async-signal-safe.
 */
bool uh_epoll_fdinfo_is_set(int number);

/*
 * Calls visit for each registration in set, from /proc/thread-self/fdinfo. errno is not kept.
 * Async-signal-safe.
 */
void uh_epoll_fdinfo_each(int set,
			  void (*visit)(int fd, const struct epoll_event *event, void *context),
			  void *context);

#endif
