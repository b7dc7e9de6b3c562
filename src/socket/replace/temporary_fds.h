/* SPDX-License-Identifier: MIT */
/* temporary_fds.h: descriptors that a call of ours opens for a moment. */
#ifndef UH_TEMPORARY_FDS_H
#define UH_TEMPORARY_FDS_H

#include <stdint.h>

/*
 * A temporary descriptor is closed before the call that opened it returns. A child that another
 * thread forks meanwhile closes its copy, which would otherwise keep the connection open. If a
 * signal handler leaves the call by siglongjmp(3), a later call of the same thread closes the
 * descriptor, so a thread leaves at most UH_TEMPORARIES_LEFT open.
 *
 * All functions here are async-signal-safe. They keep errno except on failure with errno.
 */
enum { UH_TEMPORARIES_LEFT = 8 };

/*
 * Returns a new non-blocking, close-on-exec socket above 2, and its identity (identity.h) in
 * *identity. If another thread is forking, waits for it up to 20 ms, so that the child has no
 * copy. Returns -1 with errno if there is no socket, or it has no identity (ENOBUFS).
 */
int uh_temporary_open(int domain, int type, int protocol, uint64_t *identity);

/*
 * Returns a copy of fd, which is, or was a moment ago, the socket with that identity; -1 with
 * errno.
 */
int uh_temporary_copy(int fd, uint64_t identity);

/* Closes the descriptor that this thread opened last. */
void uh_temporary_close(int fd);

/*
 * Called when the program has made a copy under fd, which may be the same socket that was
 * temporary there before: a child that is being forked must not close it.
 */
void uh_temporary_number_reused(int fd);

/*
 * uh_temporaries_count returns how many this thread has open. uh_temporaries_close_down_to
 * closes the newest until `open` are left, for a thread that is cancelled within a call
 * (pthread_cancel(3)).
 */
unsigned uh_temporaries_count(void);
void uh_temporaries_close_down_to(unsigned open);

/*
 * Called after a fork: in the parent if no other fork is under way, in the child before
 * anything else. In the child, closes what other threads of the parent had open.
 */
void uh_temporaries_after_fork_in_parent(void);
void uh_temporaries_after_fork_in_child(void);

#endif
