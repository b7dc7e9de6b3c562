/* SPDX-License-Identifier: MIT */
/* cgroups.h: the cgroups of this machine, in the hierarchy of version 2 (cgroups(7)). */
#ifndef UH_CGROUPS_H
#define UH_CGROUPS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Finds where a file system of a type ("cgroup2", "bpf") is mounted: at usual, or else the
 * first of /proc/self/mounts. Returns false with errno ENOENT if there is none, or as fopen(3).
 */
bool uh_mount_point(const char *type, const char *usual, char path[PATH_MAX]);

/* A cgroup. */
struct uh_cgroup {
	char path[PATH_MAX]; /* of its directory */
	uint64_t id;	     /* the inode number of its directory, which no later cgroup gets */
};

/*
 * Finds a cgroup: NULL for the root of the mounted hierarchy, an absolute path of a directory,
 * a path below the mount (uh_cgroup_shown()), or the name of a unit ("nginx.service"), whose
 * directory is looked for. Returns false with errno: ENOENT; ENODEV if no cgroup2 is mounted;
 * ENOTDIR if the path is no cgroup; ENOTUNIQ if several directories have the unit's name.
 */
bool uh_cgroup_find(const char *name, struct uh_cgroup *cgroup);

/* Finds a cgroup by its id. Returns false with errno ENOENT or ENODEV. */
bool uh_cgroup_with_id(uint64_t id, struct uh_cgroup *cgroup);

/*
 * Finds the cgroup of a process (0: this one). Returns false with errno, ENOENT also if the
 * process is outside of the mounted hierarchy.
 */
bool uh_cgroup_of_process(pid_t process, struct uh_cgroup *cgroup);

/* Returns the path below the mount, "/" for its root, as messages show it. */
const char *uh_cgroup_shown(const struct uh_cgroup *cgroup);

#endif
