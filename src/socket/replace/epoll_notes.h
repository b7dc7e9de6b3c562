/* SPDX-License-Identifier: MIT */
/* epoll_notes.h: the events and data with which descriptors were registered in epoll sets. */
#ifndef UH_EPOLL_NOTES_H
#define UH_EPOLL_NOTES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/*
 * close(2) is not intercepted, so a note can outlive the descriptor or the set. The caller asks
 * the kernel whether the registration still exists. A set is named by an id that is never
 * reused (epoll_sets.h).
 *
 * All functions here are async-signal-safe and keep errno.
 */
enum uh_epoll_note_state {
	UH_NOTED,	 /* as the latest epoll_ctl(2) has set it */
	UH_NOT_NOTED,	 /* never registered, or removed */
	UH_NOTED_UNSURE, /* threads wrote it at the same time, or there was no room */
};

/* Stores what epoll_ctl(2) has done for fd; event is NULL for EPOLL_CTL_DEL. */
void uh_epoll_note_write(int fd, uint32_t set, const struct epoll_event *event);

/* Finds the registration of fd in the set. *event is set only for UH_NOTED. */
enum uh_epoll_note_state uh_epoll_note_read(int fd, uint32_t set, struct epoll_event *event);

#endif
