/* SPDX-License-Identifier: MIT */
/* epoll_sets.h: which epoll sets this process has. */
#ifndef UH_EPOLL_SETS_H
#define UH_EPOLL_SETS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A set goes by an id, which all its numbers share and no other set is given: a number may be
 * closed and used again, and a set may outlive the number that it was made under.
 *
 * All functions here are async-signal-safe and keep errno.
 */
enum { UH_EPOLL_SET_FOUND = 1 }; /* flag of an id: no call of ours has made the set */

/* An epoll set was made under this number. */
void uh_epoll_set_made(int number);

/* The id of the set that epoll_ctl(2) was called for under this number: it may be one that was
 * inherited, or received. */
uint32_t uh_epoll_set_used(int number);

/* A copy of from was made under to: if that is an epoll set, the copy is one too, which lives
 * on when from is closed. */
void uh_epoll_set_copied(int from, int to);

/* False if no number has the set any more, as far as is known. */
bool uh_epoll_set_lives(uint32_t id);

/* There may be sets that no call of ours has told of: descriptors came from another process. */
void uh_epoll_sets_doubt(void);

/*
 * Finds the sets that were inherited, received or made by raw system calls, by asking the
 * kernel what each descriptor is. That takes long if there are many descriptors: then every so
 * many calls, or when there is a reason to doubt.
 */
void uh_epoll_sets_discover(void);

/*
 * Calls visit for each set until it returns false; a set may have several numbers, and be
 * visited for each. Returns false if visit did, or there were more sets than can be remembered.
 * visit forgets those that are no sets any more by uh_epoll_set_gone. errno is visit's.
 */
bool uh_epoll_sets_each(bool (*visit)(int number, uint32_t id, void *context), void *context);
void uh_epoll_set_gone(int number, uint32_t id);

#endif
