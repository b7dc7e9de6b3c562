/* SPDX-License-Identifier: MIT */
/* socket_access.c: compares the modes on the way to a socket with a user's rights. */
#include "socket_access.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Checks one right: 1 is to search a directory, 2 is to write. */
static bool may(const struct uh_credentials *identity, const struct stat *status,
		unsigned right)
{
	unsigned shift = 0;

	if (identity->user == 0)
		return true;
	if (identity->user == status->st_uid)
		shift = 6;
	for (int i = 0; shift == 0 && i < identity->groups; i++)
		if (identity->group[i] == status->st_gid)
			shift = 3;
	return status->st_mode >> shift & right;
}

static enum uh_socket_access failure(void)
{
	return errno == ENOENT || errno == ENOTDIR ? UH_MISSING : UH_REACH_UNKNOWN;
}

enum uh_socket_access uh_socket_access(const char *root, const char *path,
				       const struct uh_credentials *identity, char *where)
{
	size_t root_length = strlen(root);
	struct stat status;

	if (snprintf(where, PATH_MAX, "%s%s", root, path) >= PATH_MAX)
		return UH_MISSING;
	for (char *slash = strchr(where + root_length + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (stat(where, &status) != 0)
			return failure();
		if (!may(identity, &status, 1))
			return UH_FORBIDDEN;
		*slash = '/';
	}
	if (stat(where, &status) != 0)
		return failure();
	if (!S_ISSOCK(status.st_mode))
		return UH_NO_SOCKET;
	return may(identity, &status, 2) ? UH_REACHES : UH_FORBIDDEN;
}

void uh_credentials_own(struct uh_credentials *identity)
{
	identity->user = geteuid();
	identity->groups = getgroups(UH_MOST_GROUPS - 1, identity->group);
	if (identity->groups < 0)
		identity->groups = 0;
	identity->main_group = getegid();
	identity->group[identity->groups++] = identity->main_group;
}

bool uh_credentials_of(const char *user, struct uh_credentials *identity)
{
	const struct passwd *entry = getpwnam(user);
	char *end;
	unsigned long number = strtoul(user, &end, 10);

	if (!entry && *user && !*end)
		entry = getpwuid((uid_t)number);
	if (!entry)
		return false;
	identity->user = entry->pw_uid;
	identity->main_group = entry->pw_gid;
	identity->groups = UH_MOST_GROUPS;
	if (getgrouplist(entry->pw_name, entry->pw_gid, identity->group, &identity->groups) < 0)
		identity->groups = UH_MOST_GROUPS;
	return true;
}

/* Returns the second number of a line "Uid: REAL EFFECTIVE ...", or of such a line for Gid. */
static unsigned long effective(const char *line)
{
	char *end;

	strtoul(line + 4, &end, 10);
	return strtoul(end, NULL, 10);
}

static void take_groups(struct uh_credentials *identity, const char *list)
{
	char *end;

	for (; identity->groups < UH_MOST_GROUPS; list = end) {
		unsigned long number = strtoul(list, &end, 10);

		if (end == list)
			return;
		identity->group[identity->groups++] = (gid_t)number;
	}
}

/* Reads one line of /proc/PID/status. */
static void take_line(struct uh_credentials *identity, const char *line)
{
	if (strncmp(line, "Uid:", 4) == 0) {
		identity->user = (uid_t)effective(line);
	} else if (strncmp(line, "Gid:", 4) == 0) {
		identity->main_group = (gid_t)effective(line);
		identity->group[identity->groups++] = identity->main_group;
	} else if (strncmp(line, "Groups:", 7) == 0) {
		take_groups(identity, line + 7);
	}
}

bool uh_credentials_of_process(pid_t pid, struct uh_credentials *identity)
{
	char path[64], *line = NULL;
	size_t size = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	*identity = (struct uh_credentials){0};
	while (getline(&line, &size, file) > 0)
		take_line(identity, line);
	free(line);
	fclose(file);
	return true;
}
