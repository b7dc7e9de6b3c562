/* SPDX-License-Identifier: MIT */
/* process_unit.c: finds units in the paths of cgroups, as systemd names them (cgroups(7)). */
#include "process_unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proc.h"

static bool ends_in(const char *text, size_t length, const char *suffix)
{
	size_t end = strlen(suffix);

	return length > end && strncmp(text + length - end, suffix, end) == 0;
}

static void take(struct uh_process_unit *unit, enum uh_restart_way way, const char *name,
		 size_t length)
{
	unit->way = way;
	snprintf(unit->name, sizeof(unit->name), "%.*s", (int)length, name);
}

/*
 * Takes one component of the path. Returns true if a later one can change the unit: below
 * user@UID.service are the units of that user's manager.
 */
static bool take_component(struct uh_process_unit *unit, const char *name, size_t length)
{
	bool in_manager = unit->way == UH_BY_USER_MANAGER;

	if (ends_in(name, length, ".scope")) {
		bool is_init = length == strlen("init.scope") && strncmp(name, "init", 4) == 0;

		if (is_init && !in_manager)
			take(unit, UH_BY_MANAGER, name, length);
		else if (!is_init)
			take(unit, UH_BY_SCOPE, name, length);
		return false;
	}
	if (!ends_in(name, length, ".service"))
		return true;
	if (in_manager) {
		take(unit, UH_BY_USER_SERVICE, name, length);
		return false;
	}
	take(unit, UH_BY_SERVICE, name, length);
	if (strncmp(name, "user@", 5) != 0)
		return false;
	unit->way = UH_BY_USER_MANAGER;
	unit->user = (uid_t)strtoul(name + 5, NULL, 10);
	return true;
}

void uh_unit_of_cgroup(const char *path, struct uh_process_unit *unit)
{
	*unit = (struct uh_process_unit){.way = UH_BY_NOTHING};
	for (size_t length; *path; path += length) {
		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (!take_component(unit, path, length))
			return;
	}
}

/*
 * The line of the hierarchy of version 2 begins with "0::", that of systemd's own hierarchy of
 * version 1 has "name=systemd". One of them has the unit.
 */
void uh_process_unit(pid_t pid, struct uh_process_unit *unit)
{
	char name[64], line[PATH_MAX + 32];
	FILE *file;

	*unit = (struct uh_process_unit){.way = UH_BY_NOTHING};
	uh_proc_path(name, pid, "cgroup");
	file = fopen(name, "re");
	while (file && unit->way == UH_BY_NOTHING && fgets(line, sizeof(line), file)) {
		const char *path = strchr(line, '/');

		line[strcspn(line, "\n")] = '\0';
		if (path && (strncmp(line, "0::", 3) == 0 || strstr(line, ":name=systemd:")))
			uh_unit_of_cgroup(path, unit);
	}
	if (file)
		fclose(file);
}
