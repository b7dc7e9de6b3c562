/* SPDX-License-Identifier: MIT */
/* reach.c: compares the modes on the way to a socket with somebody's rights. */
#include "reach.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_in_group(const struct uh_identity *identity, gid_t group)
{
	for (int i = 0; i < identity->groups; i++)
		if (identity->group[i] == group)
			return true;
	return false;
}

/* right is 1 to search or 2 to write. */
static bool may(const struct uh_identity *identity, const struct stat *status, unsigned right)
{
	unsigned shift = 0;

	if (identity->user == 0)
		return true;
	if (identity->user == status->st_uid)
		shift = 6;
	else if (is_in_group(identity, status->st_gid))
		shift = 3;
	return status->st_mode >> shift & right;
}

static enum uh_reach failure(void)
{
	return errno == ENOENT || errno == ENOTDIR ? UH_MISSING : UH_REACH_UNKNOWN;
}

enum uh_reach uh_reach(const char *root, const char *path, const struct uh_identity *identity,
		       char *where)
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

void uh_identity_own(struct uh_identity *identity)
{
	identity->user = geteuid();
	identity->groups = getgroups(UH_MOST_GROUPS - 1, identity->group);
	if (identity->groups < 0)
		identity->groups = 0;
	identity->main_group = getegid();
	identity->group[identity->groups++] = identity->main_group;
}

bool uh_identity_of(const char *user, struct uh_identity *identity)
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

/* The second number of a line, which is the effective one, or all of them. */
static void take_numbers(struct uh_identity *identity, const char *line)
{
	unsigned real, effective;
	char *end;

	if (sscanf(line, "Uid: %u %u", &real, &effective) == 2)
		identity->user = effective;
	else if (sscanf(line, "Gid: %u %u", &real, &effective) == 2)
		identity->group[identity->groups++] = identity->main_group = effective;
	if (strncmp(line, "Groups:", 7) != 0)
		return;
	for (line += 7; identity->groups < UH_MOST_GROUPS; line = end) {
		unsigned long number = strtoul(line, &end, 10);

		if (end == line)
			return;
		identity->group[identity->groups++] = (gid_t)number;
	}
}

bool uh_identity_of_process(pid_t pid, struct uh_identity *identity)
{
	char path[64], *line = NULL;
	size_t size = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	*identity = (struct uh_identity){0};
	while (getline(&line, &size, file) > 0)
		take_numbers(identity, line);
	free(line);
	fclose(file);
	return true;
}
