/* SPDX-License-Identifier: MIT */
/* listeners.h: what listens on this host, and which programs do. */
#ifndef UH_LISTENERS_H
#define UH_LISTENERS_H

#include <stdio.h>
#include <sys/types.h>

#include "table/route.h"

/* A program that listens. Texts are owned by the list. */
struct uh_owner {
	pid_t process;	       /* 0: not known, as for another user's without root */
	const char *program;   /* its executable, or NULL */
	const char *name;      /* as the kernel has it in comm, or NULL */
	const char *arguments; /* NUL after each, and one more behind the last; or NULL */
};

/* A listening stream socket: bound to an address, or to a Unix path. */
struct uh_listener {
	struct uh_target at; /* UH_TARGET_IP (all zeroes: any address) or UH_TARGET_UNIX */
	unsigned long inode;
	struct uh_owner owner;
};

/* Zero it before its first use. */
struct uh_listeners {
	struct uh_listener *listener;
	size_t count;
};

/*
 * Adds what the text of /proc/net/tcp or tcp6 (uh_listeners_tcp), or of /proc/net/unix, has of
 * listeners. Lines of another form, paths that are not absolute, and abstract names that the
 * kernel prints ambiguously are passed over. False: no memory, reported.
 */
bool uh_listeners_tcp(struct uh_listeners *listeners, FILE *file);
bool uh_listeners_unix(struct uh_listeners *listeners, FILE *file);

/* Adds all that listens in this network name space, with its owners as far as they can be
 * seen. False: no memory, reported. */
bool uh_listeners_read(struct uh_listeners *listeners);

void uh_listeners_free(struct uh_listeners *listeners);

/* True for a listener that takes connections to any address of its family. */
bool uh_listener_is_any(const struct uh_listener *listener);

/* True if the path of a Unix listener leads to the very file that the listener was bound to, by
 * what the kernel has of it (sock_diag(7)); false also if the kernel can't be asked. */
bool uh_listener_is_bound(const struct uh_listener *listener);

/* Finds the owners of all listeners, through /proc/PID/fd. False: no memory, reported. */
bool uh_owners_find(struct uh_listeners *listeners);

#endif
