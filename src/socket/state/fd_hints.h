/* SPDX-License-Identifier: MIT */
/* fd_hints.h: hints about descriptors that the program prepares before it connects. */
#ifndef UH_FD_HINTS_H
#define UH_FD_HINTS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Notes are kept by descriptor number modulo a constant, in memory that is there from the
 * start: nothing is allocated, nothing is hooked on close, and two numbers may share a note. So
 * a note can be stale or another's, and whoever reads it asks the kernel what is true now. A
 * hint too many costs a system call or two; that is all.
 *
 * All functions here are async-signal-safe and keep errno.
 */

enum uh_hint {
	UH_HINT_COPIED = 1,  /* a copy may exist: dup(2) and relatives, SCM_RIGHTS */
	UH_HINT_OWNER = 2,   /* F_SETOWN, F_SETOWN_EX or F_SETSIG was called */
	UH_HINT_ROUTED = 4,  /* was connected by a route: there may be a record */
	UH_HINT_OPTIONS = 8, /* options are noted */
};

/* Clearing leaves what another number may have set on the same note. */
void uh_fd_add_hint(int fd, enum uh_hint hint);
bool uh_fd_has_hint(int fd, enum uh_hint hint);
void uh_fd_remove_hint(int fd, enum uh_hint hint);

/* What socket(2) made under a number: AF_INET or AF_INET6, SO_PROTOCOL. */
struct uh_fd_creation {
	int domain, protocol;
};

/* A TCP (or MPTCP) socket was made under fd, and nothing has happened to it yet. A fork ends
 * that, because the child may change the socket. */
void uh_fd_created(int fd, const struct uh_fd_creation *made);

/* It is bound, listens, connects, has a copy or came from another process: it is new no more.
 */
void uh_fd_used(int fd);

/* uh_fd_used and uh_fd_has_hint(fd, UH_HINT_ROUTED) in one: every connect() that goes nowhere
 * else pays for it. */
bool uh_fd_begin_connect(int fd);

/*
 * True when a TCP socket was made under fd and no call of ours used it since, with what it was.
 * The number may stand for something else by now: the caller makes sure that it is an
 * unconnected socket.
 */
bool uh_fd_is_pristine(int fd, struct uh_fd_creation *made);

/*
 * Options that the program has set on the number: a set of names for each level. Other levels
 * and names that no kernel uses yet (TCP, IP: 64 and more; IPV6, SOL_SOCKET: 128 and more) are
 * dropped.
 */
void uh_fd_add_option(int fd, int level, int name);

/* Calls visit for each noted option of the level. */
void uh_fd_each_option(int fd, int level, void (*visit)(int name, void *context),
		       void *context);

/* Forgets the noted options of the level, unless another number shares the note. */
void uh_fd_remove_options(int fd, int level);

/* dup(2): what is noted for one number holds for the other too, and both have a copy. */
void uh_fd_copied(int from, int to);

#endif
