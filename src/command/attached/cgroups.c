/* SPDX-License-Identifier: MIT */
/* cgroups.c: finds cgroups by path, by unit, by id and by process. */
#include "cgroups.h"

#include <errno.h>
#include <fts.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "command/inspect/proc.h"

#define USUAL_MOUNT "/sys/fs/cgroup"

bool uh_mount_point(const char *type, const char *usual, char path[PATH_MAX])
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *mount;

	*path = '\0';
	if (!mounts)
		return false;
	while ((mount = getmntent(mounts)))
		if (strcmp(mount->mnt_type, type) == 0 &&
		    (!*path || strcmp(mount->mnt_dir, usual) == 0))
			snprintf(path, PATH_MAX, "%s", mount->mnt_dir);
	endmntent(mounts);
	errno = ENOENT;
	return *path;
}

static bool mount_of_cgroups(char path[PATH_MAX])
{
	if (uh_mount_point("cgroup2", USUAL_MOUNT, path))
		return true;
	if (errno == ENOENT)
		errno = ENODEV;
	return false;
}

/* Fills in the id of the cgroup's path. */
static bool identify(struct uh_cgroup *cgroup)
{
	struct statfs file_system;
	struct stat status;

	if (statfs(cgroup->path, &file_system) != 0 || stat(cgroup->path, &status) != 0)
		return false;
	cgroup->id = status.st_ino;
	errno = ENOTDIR;
	return file_system.f_type == CGROUP2_SUPER_MAGIC && S_ISDIR(status.st_mode);
}

/*
 * Looks through all cgroups for a directory's name, or for an id if name is NULL. Returns the
 * number of those found; *cgroup is the first.
 */
static unsigned look_through(const char *mount, const char *name, uint64_t id,
			     struct uh_cgroup *cgroup)
{
	char *const roots[] = {(char *)mount, NULL};
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	unsigned found = 0;
	FTSENT *entry;

	while (tree && (entry = fts_read(tree))) {
		if (entry->fts_info != FTS_D || (name ? strcmp(entry->fts_name, name) != 0
						      : entry->fts_statp->st_ino != id))
			continue;
		if (found++ == 0) {
			snprintf(cgroup->path, sizeof(cgroup->path), "%s", entry->fts_path);
			cgroup->id = entry->fts_statp->st_ino;
		}
	}
	if (tree)
		fts_close(tree);
	return found;
}

bool uh_cgroup_with_id(uint64_t id, struct uh_cgroup *cgroup)
{
	char mount[PATH_MAX];

	if (!mount_of_cgroups(mount))
		return false;
	errno = ENOENT;
	return look_through(mount, NULL, id, cgroup) > 0;
}

/* Finds a cgroup by its path below the mount, with or without a slash before it. */
static bool identify_below(const char *mount, const char *name, struct uh_cgroup *cgroup)
{
	name += strspn(name, "/");
	if (snprintf(cgroup->path, sizeof(cgroup->path), *name ? "%s/%s" : "%s%s", mount,
		     name) < (int)sizeof(cgroup->path))
		return identify(cgroup);
	errno = ENAMETOOLONG;
	return false;
}

static bool find_below(const char *mount, const char *name, struct uh_cgroup *cgroup)
{
	unsigned found;

	if (identify_below(mount, name, cgroup))
		return true;
	if (errno != ENOENT || strchr(name, '/'))
		return false;
	found = look_through(mount, name, 0, cgroup);
	errno = found == 0 ? ENOENT : ENOTUNIQ;
	return found == 1;
}

bool uh_cgroup_find(const char *name, struct uh_cgroup *cgroup)
{
	char mount[PATH_MAX];
	int error;

	if (!mount_of_cgroups(mount))
		return false;
	if (!name)
		return identify_below(mount, "", cgroup);
	errno = ENOENT;
	if (!*name) /* a script's empty variable must not mean the whole machine */
		return false;
	if (*name != '/')
		return find_below(mount, name, cgroup);
	if (realpath(name, cgroup->path) && identify(cgroup))
		return true;
	error = errno;
	if (identify_below(mount, name, cgroup))
		return true;
	errno = error;
	return false;
}

/* The line of version 2 is "0::PATH", below the root of the reader's cgroup name space. */
static bool path_of_process(pid_t process, char path[PATH_MAX])
{
	char name[64], line[PATH_MAX + 8];
	bool found = false;
	FILE *file;

	if (process == 0)
		strcpy(name, "/proc/self/cgroup");
	else
		uh_proc_path(name, process, "cgroup");
	file = fopen(name, "re");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		found = strncmp(line, "0::/", 4) == 0 && strncmp(line + 4, "../", 3) != 0;
	}
	fclose(file);
	errno = ENOENT;
	if (found)
		strcpy(path, line + 3);
	return found;
}

bool uh_cgroup_of_process(pid_t process, struct uh_cgroup *cgroup)
{
	char mount[PATH_MAX], path[PATH_MAX + 8];
	int length;

	if (!mount_of_cgroups(mount) || !path_of_process(process, path))
		return false;
	length = snprintf(cgroup->path, sizeof(cgroup->path), "%s%s", mount,
			  strcmp(path, "/") == 0 ? "" : path);
	return length < (int)sizeof(cgroup->path) && identify(cgroup);
}

const char *uh_cgroup_shown(const struct uh_cgroup *cgroup)
{
	char mount[PATH_MAX];
	size_t length;

	if (!mount_of_cgroups(mount))
		return cgroup->path;
	length = strlen(mount);
	if (strncmp(cgroup->path, mount, length) != 0)
		return cgroup->path;
	return cgroup->path[length] ? cgroup->path + length : "/";
}
