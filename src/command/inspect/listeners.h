/* SPDX-License-Identifier: MIT */
/* listeners.h: the listening sockets of this host, and the programs that own them. */
#ifndef UH_LISTENERS_H
#define UH_LISTENERS_H

#include <stdio.h>
#include <sys/types.h>

#include "table/route.h"

/* The program that owns a listening socket. The list owns the texts. */
struct uh_owner {
	pid_t process;	       /* 0 if unknown, as another user's may be */
	const char *program;   /* path of its executable, or NULL */
	const char *name;      /* its name in /proc/PID/comm, or NULL */
	const char *arguments; /* each ends with a NUL, the last with two; or NULL */
};

/* A listening stream socket, bound to an IP address or to a Unix path. */
struct uh_listener {
	struct uh_target at; /* a UH_TARGET_IP or UH_TARGET_UNIX */
	unsigned long inode;
	struct uh_owner owner;
};

/* A list of listeners. Zero it before its first use. */
struct uh_listeners {
	struct uh_listener *listener;
	size_t count;
};

/*
 * Adds the listeners in the text of /proc/net/tcp or tcp6 (uh_listeners_tcp) or /proc/net/unix
 * (uh_listeners_unix). Skips lines of another form, relative paths, and abstract names with a
 * NUL inside, which the kernel prints as an ambiguous '@'. Returns false if there is no memory,
 * after reporting it. Not async-signal-safe.
 */
bool uh_listeners_tcp(struct uh_listeners *listeners, FILE *file);
bool uh_listeners_unix(struct uh_listeners *listeners, FILE *file);

/*
 * Adds all listeners of this network name space, and their owners as far as this user may see
 * them. Returns false if there is no memory, after reporting it. Not async-signal-safe.
 */
bool uh_listeners_read(struct uh_listeners *listeners);

/* Frees the list's members, but not the struct. */
void uh_listeners_free(struct uh_listeners *listeners);

/* Returns true if the listener is bound to the wildcard address of its family. */
bool uh_listener_is_any(const struct uh_listener *listener);

/*
 * Returns true if the path of a Unix listener still leads to the file that the listener was
 * bound to, according to the kernel (sock_diag(7)). Returns false also if the kernel gives no
 * answer.
 */
bool uh_listener_is_bound(const struct uh_listener *listener);

/*
 * Calls visit for each socket among the descriptors of a process, with the socket's inode.
 * Returns false with the errno of opendir(3) if this user may not look.
 */
bool uh_sockets_of_process(pid_t process,
			   void (*visit)(void *context, pid_t process, unsigned long inode),
			   void *context);

/*
 * Finds the owners of all listeners through /proc/PID/fd. Returns false if there is no memory,
 * after reporting it. Not async-signal-safe.
 */
bool uh_owners_find(struct uh_listeners *listeners);

#endif
