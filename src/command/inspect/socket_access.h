/* SPDX-License-Identifier: MIT */
/* socket_access.h: whether somebody can connect to a Unix socket by its path. */
#ifndef UH_SOCKET_ACCESS_H
#define UH_SOCKET_ACCESS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { UH_MOST_GROUPS = 64 };

struct uh_credentials {
	uid_t user; /* the effective one */
	gid_t main_group;
	gid_t group[UH_MOST_GROUPS];
	int groups;
};

enum uh_socket_access {
	UH_REACHES,
	UH_MISSING,	 /* there is nothing at the path */
	UH_NO_SOCKET,	 /* there is something else */
	UH_FORBIDDEN,	 /* the modes forbid it; where says which */
	UH_REACH_UNKNOWN /* this process isn't let see it */
};

/*
 * Follows path below root ("" for "/"; absolute links on the way are taken as this process sees
 * them) and compares modes with an identity, as path_resolution(7) does. Lists of access rights
 * beyond the modes are not looked at. where (PATH_MAX bytes) gets what stands in the way. Not
 * async-signal-safe.
 */
enum uh_socket_access uh_socket_access(const char *root, const char *path,
				       const struct uh_credentials *identity, char *where);

/* The identity of this process, or of a user by name or number. False: no such user. */
void uh_credentials_own(struct uh_credentials *identity);
bool uh_credentials_of(const char *user, struct uh_credentials *identity);

/* That of a process. False: there's no such process. */
bool uh_credentials_of_process(pid_t pid, struct uh_credentials *identity);

#endif
