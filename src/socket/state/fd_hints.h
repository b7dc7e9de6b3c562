/* SPDX-License-Identifier: MIT */
/* fd_hints.h: hints about descriptors: what the program has done to them before it connects. */
#ifndef UH_FD_HINTS_H
#define UH_FD_HINTS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Hints are kept by descriptor number modulo a constant, in static memory: nothing is
 * allocated, and close(2) is not intercepted. A hint may therefore be stale, or be about
 * another descriptor. The caller must ask the kernel what is true; a superfluous hint costs
 * only a system call or two.
 *
 * All functions here are async-signal-safe and keep errno.
 */

enum uh_hint {
	UH_HINT_COPIED = 1,  /* a copy may exist: dup(2) and its like, SCM_RIGHTS */
	UH_HINT_OWNER = 2,   /* F_SETOWN, F_SETOWN_EX or F_SETSIG was called */
	UH_HINT_ROUTED = 4,  /* was connected by a route: there may be a record */
	UH_HINT_OPTIONS = 8, /* socket options were recorded */
	UH_HINT_ASKED = 16,  /* sent datagrams by a route (asked_addresses.h) */
};

/*
 * Add, test and remove a hint; uh_fd_has_hint tests whether there is any of several. Removing
 * has no effect if two descriptors share the note.
 */
void uh_fd_add_hint(int fd, enum uh_hint hint);
bool uh_fd_has_hint(int fd, unsigned hints);
void uh_fd_remove_hint(int fd, enum uh_hint hint);

/* How socket(2) made a descriptor: AF_INET or AF_INET6, and SO_PROTOCOL. */
struct uh_fd_creation {
	int domain, protocol;
};

/*
 * Notes that a TCP or MPTCP socket was just made under fd and that nothing else has happened to
 * it. A fork voids the note, because the child may change the socket.
 */
void uh_fd_created(int fd, const struct uh_fd_creation *made);

/* Voids that note: fd was bound, listens, connects, was copied or came from another process. */
void uh_fd_used(int fd);

/*
 * uh_fd_used(fd), and returns uh_fd_has_hint(fd, UH_HINT_ROUTED). Every connect() calls this.
 */
bool uh_fd_begin_connect(int fd);

/*
 * True if uh_fd_created was called for fd and uh_fd_used was not since; *made is then how the
 * socket was made. The caller must check that fd is still an unconnected socket: the number may
 * stand for something else by now.
 */
bool uh_fd_is_pristine(int fd, struct uh_fd_creation *made);

/*
 * Records that the program has set a socket option on fd. Not recorded are other levels than
 * SOL_SOCKET, IPPROTO_TCP, _IP and _IPV6, and option numbers that no kernel uses yet (64 and
 * more for TCP and IP, 128 and more for IPV6 and SOL_SOCKET).
 */
void uh_fd_add_option(int fd, int level, int name);

/* Calls visit for each recorded option of the level. */
void uh_fd_each_option(int fd, int level, void (*visit)(int name, void *context),
		       void *context);

/* Forgets the recorded options of the level, unless another descriptor shares the note. */
void uh_fd_remove_options(int fd, int level);

/* dup(2): gives `to` the hints and options of `from`, and both UH_HINT_COPIED. */
void uh_fd_copied(int from, int to);

#endif
