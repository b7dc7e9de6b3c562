/* SPDX-License-Identifier: MIT */
/* epoll_kernel.h: asks the kernel what is registered in an epoll set. */
#ifndef UH_EPOLL_KERNEL_H
#define UH_EPOLL_KERNEL_H

#include <stdbool.h>
#include <sys/epoll.h>

enum uh_membership {
	UH_REGISTERED,
	UH_NOT_REGISTERED,
	UH_NO_EPOLL_SET, /* the number is none (any more) */
	UH_CANNOT_TELL,
};

/* Whether the file under fd is registered as fd in set, by kcmp(2) (KCMP_EPOLL_TFD, since Linux
 * 4.13), which no seccomp filter may be asked for. errno is not kept. Async-signal-safe. */
enum uh_membership uh_epoll_kernel_has(int fd, int set);

/* True if the number is an epoll set's, in the same way, or else as uh_epoll_info_is_set. */
bool uh_epoll_kernel_is_set(int number);

/*
 * The same, with what it is registered for, from /proc/thread-self/fdinfo: this takes time in
 * proportion to the set's size. UH_CANNOT_TELL if that can't be read. Async-signal-safe; errno
 * is not kept.
 */
enum uh_membership uh_epoll_info(int fd, int set, struct epoll_event *event);

/* True if something is registered in it, so that it is an epoll set. */
bool uh_epoll_info_is_set(int number);

/* Calls visit for each registration that the set has. */
void uh_epoll_info_each(int set,
			void (*visit)(int fd, const struct epoll_event *event, void *context),
			void *context);

#endif
