/* SPDX-License-Identifier: MIT */
/* epoll_notes.h: with which events and data descriptors were registered in epoll sets. */
#ifndef UH_EPOLL_NOTES_H
#define UH_EPOLL_NOTES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/*
 * Nothing is hooked on close: a note can be older than the descriptor or the set that it is
 * about, so the kernel is asked whether a registration is still there. A set goes by an id that
 * is never another set's (epoll_sets.h).
 *
 * All functions here are async-signal-safe and keep errno.
 */
enum uh_epoll_noted {
	UH_NOTED,	 /* this is what epoll_ctl(2) did last */
	UH_NOT_NOTED,	 /* never added, or removed */
	UH_NOTED_UNSURE, /* several threads at once, or no memory for notes */
};

/* Remembers what epoll_ctl(2) did; event is NULL for EPOLL_CTL_DEL. */
void uh_epoll_note(int fd, uint32_t set, const struct epoll_event *event);

/* The note; *event is set for UH_NOTED alone. */
enum uh_epoll_noted uh_epoll_noted(int fd, uint32_t set, struct epoll_event *event);

#endif
