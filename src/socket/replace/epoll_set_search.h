/* SPDX-License-Identifier: MIT */
/* epoll_set_search.h: finds epoll sets that bypassed our epoll_create(2) and epoll_ctl(2). */
#ifndef UH_EPOLL_SET_SEARCH_H
#define UH_EPOLL_SET_SEARCH_H

/*
 * Makes the next uh_epoll_sets_search search: descriptors came from another process, and may
 * be sets. errno is kept. Async-signal-safe.
 */
void uh_epoll_sets_expect_more(void);

/*
 * Adds the sets that were inherited, received or made by raw system calls, by asking the kernel
 * about each descriptor. With many descriptors that takes long, so not every call does it.
 * errno is kept. Async-signal-safe.
 */
void uh_epoll_sets_search(void);

#endif
