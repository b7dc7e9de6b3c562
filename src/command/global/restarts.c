/* SPDX-License-Identifier: MIT */
/* restarts.c: groups processes by unit, and writes the commands that restart the units. */
#include "restarts.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/diag.h"
#include "command/cli/json.h"

enum { MOST_SHOWN = 16 }; /* process IDs in one line */

static bool is_of_user(const struct uh_process_unit *unit)
{
	return unit->way == UH_BY_USER_SERVICE || unit->way == UH_BY_USER_MANAGER;
}

static bool is_same(const struct uh_process_unit *one, const struct uh_process_unit *other)
{
	return one->way == other->way && strcmp(one->name, other->name) == 0 &&
	       one->user == other->user;
}

static struct uh_restart *find_or_add(struct uh_restarts *restarts,
				      const struct uh_process_unit *unit)
{
	struct uh_restart *list;

	for (size_t i = 0; i < restarts->count; i++)
		if (is_same(&restarts->group[i].unit, unit))
			return &restarts->group[i];
	list = realloc(restarts->group, (restarts->count + 1) * sizeof(*list));
	if (!list)
		return NULL;
	restarts->group = list;
	list += restarts->count++;
	*list = (struct uh_restart){.unit = *unit};
	return list;
}

void uh_restarts_add(struct uh_restarts *restarts, pid_t process,
		     const struct uh_process_unit *unit)
{
	struct uh_restart *group = find_or_add(restarts, unit);
	pid_t *list =
	    group ? realloc(group->process, (group->count + 1) * sizeof(*list)) : NULL;

	if (!list) {
		uh_error("%s", strerror(ENOMEM));
		return;
	}
	group->process = list;
	list[group->count++] = process;
}

void uh_restarts_free(struct uh_restarts *restarts)
{
	for (size_t i = 0; i < restarts->count; i++)
		free(restarts->group[i].process);
	free(restarts->group);
}

/* Appends a word to *text, which is for free(3), or NULL if memory ran out. */
static void append(char **text, const char *word)
{
	char *longer = NULL;

	if (*text && asprintf(&longer, "%s%s%s", *text, **text ? " " : "", word) < 0)
		longer = NULL;
	free(*text);
	*text = longer;
}

/* Begins a command for systemd, or for the manager of a user. */
static char *begin_command(const struct uh_process_unit *unit, const char *verb)
{
	const struct passwd *user = is_of_user(unit) ? getpwuid(unit->user) : NULL;
	char *text;
	int length;

	if (user)
		length =
		    asprintf(&text, "systemctl --user --machine=%s@ %s", user->pw_name, verb);
	else if (is_of_user(unit))
		length = asprintf(&text, "systemctl --user --machine=%u@ %s", unit->user, verb);
	else
		length = asprintf(&text, "systemctl %s", verb);
	return length < 0 ? NULL : text;
}

/* True if an earlier group has a service that the same command restarts. */
static bool is_done(const struct uh_restarts *restarts, size_t i)
{
	const struct uh_process_unit *unit = &restarts->group[i].unit;

	for (size_t j = 0; j < i; j++)
		if (restarts->group[j].unit.way == unit->way &&
		    restarts->group[j].unit.user == unit->user)
			return true;
	return false;
}

/*
 * Returns the command for a group and the later groups of its manager, for free(3). Returns
 * NULL if an earlier group had it already, or no command of systemd restarts the group.
 */
static char *command_of(const struct uh_restarts *restarts, size_t i)
{
	const struct uh_process_unit *unit = &restarts->group[i].unit;
	char *text;

	if (unit->way == UH_BY_MANAGER || unit->way == UH_BY_USER_MANAGER)
		return is_done(restarts, i) ? NULL : begin_command(unit, "daemon-reexec");
	if ((unit->way != UH_BY_SERVICE && unit->way != UH_BY_USER_SERVICE) ||
	    is_done(restarts, i))
		return NULL;
	text = begin_command(unit, "restart");
	for (size_t j = i; j < restarts->count; j++)
		if (restarts->group[j].unit.way == unit->way &&
		    restarts->group[j].unit.user == unit->user)
			append(&text, restarts->group[j].unit.name);
	return text;
}

static void print_by_hand(const struct uh_restart *group, FILE *out)
{
	const char *plural = group->count == 1 ? "" : "es";

	if (group->unit.way == UH_BY_SCOPE) {
		fprintf(out,
			"%s, %zu process%s: end the session or container, and start it again\n",
			group->unit.name, group->count, plural);
		return;
	}
	fprintf(out, "%zu process%s of no unit:", group->count, plural);
	for (size_t i = 0; i < group->count && i < MOST_SHOWN; i++)
		fprintf(out, " %d", (int)group->process[i]);
	fprintf(out, "%s\n", group->count > MOST_SHOWN ? " ..." : "");
}

void uh_restarts_print(const struct uh_restarts *restarts, FILE *out)
{
	const char *label = "\nrestart  ";

	for (size_t i = 0; i < restarts->count; i++) {
		char *command = command_of(restarts, i);

		if (command) {
			fprintf(out, "%s%s\n", label, command);
			label = "         ";
		}
		free(command);
	}
	label = "\nby hand  ";
	for (size_t i = 0; i < restarts->count; i++) {
		const struct uh_restart *group = &restarts->group[i];

		if (group->unit.way != UH_BY_NOTHING && group->unit.way != UH_BY_SCOPE)
			continue;
		fputs(label, out);
		print_by_hand(group, out);
		label = "         ";
	}
}

json_t *uh_restarts_commands(const struct uh_restarts *restarts)
{
	json_t *list = json_array();

	for (size_t i = 0; i < restarts->count; i++) {
		char *command = command_of(restarts, i);

		if (command)
			json_array_append_new(list, uh_json_string(command));
		free(command);
	}
	return list;
}

json_t *uh_restarts_units(const struct uh_restarts *restarts)
{
	static const char *const kind[] = {
	    [UH_BY_NOTHING] = "none",	      [UH_BY_SERVICE] = "service",
	    [UH_BY_USER_SERVICE] = "service", [UH_BY_SCOPE] = "scope",
	    [UH_BY_MANAGER] = "systemd",      [UH_BY_USER_MANAGER] = "systemd",
	};
	json_t *list = json_array();

	for (size_t i = 0; i < restarts->count; i++) {
		const struct uh_restart *group = &restarts->group[i];
		json_t *processes = json_array();

		for (size_t j = 0; j < group->count; j++)
			json_array_append_new(processes, json_integer(group->process[j]));
		json_array_append_new(
		    list, json_pack("{s:o, s:o, s:s, s:o}", "unit",
				    uh_json_string(*group->unit.name ? group->unit.name : NULL),
				    "user",
				    is_of_user(&group->unit) ? json_integer(group->unit.user)
							     : json_null(),
				    "kind", kind[group->unit.way], "pids", processes));
	}
	return list;
}
