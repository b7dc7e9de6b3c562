/* SPDX-License-Identifier: MIT */
/* socket_access.h: checks whether a user can connect to a Unix socket at a path. */
#ifndef UH_SOCKET_ACCESS_H
#define UH_SOCKET_ACCESS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { UH_MOST_GROUPS = 64 };

struct uh_credentials {
	uid_t user; /* effective user */
	gid_t main_group;
	gid_t group[UH_MOST_GROUPS];
	int groups;
};

enum uh_socket_access {
	UH_REACHES,
	UH_MISSING,	 /* nothing exists at the path */
	UH_NO_SOCKET,	 /* the file at the path is not a socket */
	UH_FORBIDDEN,	 /* a mode forbids it; where is the path of that file or directory */
	UH_REACH_UNKNOWN /* this process has no permission to look at where */
};

/*
 * Follows path below root ("" means "/") and compares the modes with the identity's rights, as
 * in path_resolution(7). Absolute symbolic links on the way lead to this process's root. Access
 * control lists are ignored. where (PATH_MAX bytes) gets the path of the file or directory that
 * is missing, forbidden or unknown. Not async-signal-safe.
 */
enum uh_socket_access uh_socket_access(const char *root, const char *path,
				       const struct uh_credentials *identity, char *where);

/*
 * Reads the identity of this process, or of a user by name or number. Returns false if there is
 * no such user. Not async-signal-safe.
 */
void uh_credentials_own(struct uh_credentials *identity);
bool uh_credentials_of(const char *user, struct uh_credentials *identity);

/*
 * Reads the identity of a process. Returns false if there is no such process. Not
 * async-signal-safe.
 */
bool uh_credentials_of_process(pid_t pid, struct uh_credentials *identity);

#endif
