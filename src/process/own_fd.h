/* SPDX-License-Identifier: MIT */
/* own_fd.h: descriptors that this object opens for itself: close-on-exec, and never 0, 1 or 2.
 */
#ifndef UH_OWN_FD_H
#define UH_OWN_FD_H

/*
 * open(2) with O_CLOEXEC, but no cancellation point. Returns a descriptor above 2, or -1 with
 * errno. Async-signal-safe.
 */
int uh_open_file(const char *path, int flags);

/*
 * uh_open_file for a file in /proc/thread-self, or in /proc/self on kernels without
 * thread-self. Returns and fails as uh_open_file does. Async-signal-safe.
 */
int uh_open_proc_self(const char *name, int flags);

/* close(2), but keeps errno and is no cancellation point. Async-signal-safe. */
void uh_close(int fd);

/* Returns a new non-blocking, close-on-exec socket above 2, or -1 with errno.
 * Async-signal-safe. */
int uh_open_socket(int domain, int type, int protocol);

/*
 * Returns fd if it is above 2 or negative. If it is 0, 1 or 2, closes it and returns a
 * close-on-exec copy above 2, or -1 with errno if the copy can't be made. Async-signal-safe.
 */
int uh_move_above_stdio(int fd);

#endif
