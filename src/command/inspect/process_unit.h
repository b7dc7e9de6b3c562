/* SPDX-License-Identifier: MIT */
/* process_unit.h: the systemd unit that a process belongs to, by its cgroup. */
#ifndef UH_PROCESS_UNIT_H
#define UH_PROCESS_UNIT_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * How a process is started again. UH_BY_SERVICE, UH_BY_USER_SERVICE: by restarting its unit, of
 * the system or of a user's manager. UH_BY_SCOPE: whoever made the scope (a session, a
 * container) starts it. UH_BY_MANAGER, UH_BY_USER_MANAGER: it is systemd.
 */
enum uh_restart_way {
	UH_BY_NOTHING,
	UH_BY_SERVICE,
	UH_BY_USER_SERVICE,
	UH_BY_SCOPE,
	UH_BY_MANAGER,
	UH_BY_USER_MANAGER
};

struct uh_process_unit {
	enum uh_restart_way way;
	char name[NAME_MAX + 1]; /* "nginx.service"; "" if there is none */
	uid_t user;		 /* of a user's manager */
};

/*
 * Finds the unit in a cgroup's path, "/system.slice/nginx.service" for example. Units of a
 * container count as the unit of the container.
 */
void uh_unit_of_cgroup(const char *path, struct uh_process_unit *unit);

/* Does so for a process, by /proc/PID/cgroup. UH_BY_NOTHING also if that can't be read. */
void uh_process_unit(pid_t pid, struct uh_process_unit *unit);

#endif
