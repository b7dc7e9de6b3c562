/* SPDX-License-Identifier: MIT */
/* temporary_fds.h: descriptors that a call of ours has open for a moment beside the program's.
 */
#ifndef UH_TEMPORARY_FDS_H
#define UH_TEMPORARY_FDS_H

#include <stdint.h>

/*
 * A temporary descriptor is gone when the call returns that opened it, also in a child that
 * another thread forks meanwhile: there it would keep the connection open for good. And also if
 * the call never returns, because a signal handler leaves it by siglongjmp(3): a later call of
 * the same thread closes it then, so that a thread leaves UH_TEMPORARIES_LEFT behind at most.
 *
 * All functions here are async-signal-safe and keep errno, unless they say that they set it.
 */
enum { UH_TEMPORARIES_LEFT = 8 };

/*
 * A new socket, close-on-exec and non-blocking, above 2; its identity (records.h) in *identity.
 * If another thread is forking, waits for that up to 20 ms, so that no child has the socket.
 * Returns -1 with errno if there is none to be had, or it has no identity.
 */
int uh_temporary_open(int domain, int type, int protocol, uint64_t *identity);

/* A copy of fd, which is a socket of that identity or was a moment ago. -1 with errno. */
int uh_temporary_copy(int fd, uint64_t identity);

/* Closes the one that this thread opened last. */
void uh_temporary_close(int fd);

/*
 * The program has made a copy under this number, perhaps of the very socket that was temporary
 * there before: a child that is being forked keeps it.
 */
void uh_temporary_taken(int fd);

/* How many this thread has open, and closing those that came after that: for a thread that ends
 * within a call (pthread_cancel(3)). */
unsigned uh_temporaries_open(void);
void uh_temporaries_close_to(unsigned open);

/* After a fork. In the parent only if no other is under way; in the child before anything else:
 * closes what other threads of the parent had open. */
void uh_temporaries_after_fork_in_parent(void);
void uh_temporaries_after_fork_in_child(void);

#endif
