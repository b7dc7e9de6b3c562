/* SPDX-License-Identifier: MIT */
/* epoll_sets.h: the epoll sets of this process. */
#ifndef UH_EPOLL_SETS_H
#define UH_EPOLL_SETS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A set has an id, which is never reused and which all descriptors of the set share: a
 * descriptor may be closed and reused, and a set may outlive the descriptor that it was made
 * under.
 *
 * All functions here are async-signal-safe and keep errno.
 */
enum { UH_EPOLL_SET_FOUND = 1 }; /* bit of an id: the set was not made by a call of ours */

/* Adds the epoll set that was just made under this descriptor. */
void uh_epoll_set_created(int number);

/*
 * Returns the id of the set for which epoll_ctl(2) was called, adding the set if it is new here
 * (inherited or received).
 */
uint32_t uh_epoll_set_id(int number);

/* dup(2): if `from` is an epoll set, adds `to` as another descriptor of that set. */
void uh_epoll_set_copied(int from, int to);

/* True if the table has this descriptor. */
bool uh_epoll_set_is_known(int number);

/* False if no descriptor in the table has that id. */
bool uh_epoll_set_exists(uint32_t id);

/*
 * uh_epoll_sets_each calls visit for each descriptor of each set until visit returns false.
 * Returns false if visit did, or if there were more sets than the table can hold. errno is as
 * visit has left it. visit calls uh_epoll_set_remove to remove a number that is no epoll set
 * any more.
 */
bool uh_epoll_sets_each(bool (*visit)(int number, uint32_t id, void *context), void *context);
void uh_epoll_set_remove(int number, uint32_t id);

#endif
