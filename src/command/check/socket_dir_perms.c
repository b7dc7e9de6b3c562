/* SPDX-License-Identifier: MIT */
/*
 * socket_dir_perms.c: warns of Unix targets whose path another user could take over.
 *
 * A user who may write to a directory of the path can put a socket or a directory of his own
 * there. The sticky bit does not help, because any user can be first to create the name. A
 * route with peer_user checks who listens, so the path does not matter.
 */
#include "socket_dir_perms.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/cli/diag.h"
#include "command/cli/load_table.h"
#include "build/route_text.h"
#include "table/path_template.h"
#include "table/table.h"
#include "command/cli/print_fault.h"

/* The route that is checked. Root and the owner of the configuration are trusted. */
struct question {
	const struct uh_table_request *source;
	const struct uh_table *table;
	const struct uh_table_route *route;
	uid_t owner;
};

/* Returns who else may write to a directory (a static string), or NULL. */
static const char *wrong_peer(const struct question *question, const char *directory)
{
	static char text[64];
	struct stat status;

	/* If the directory is missing or invisible, its parents decide. */
	if (stat(directory, &status) != 0 || !S_ISDIR(status.st_mode))
		return NULL;
	if (status.st_mode & S_IWOTH)
		return "any user";
	if (status.st_uid != 0 && status.st_uid != question->owner)
		snprintf(text, sizeof(text), "user %u", (unsigned)status.st_uid);
	else if (status.st_mode & S_IWGRP && status.st_gid != 0)
		snprintf(text, sizeof(text), "group %u", (unsigned)status.st_gid);
	else
		return NULL;
	return text;
}

/*
 * Searches the directories of path, from / down, for one that another user may write to. Cuts
 * path at the first such directory and returns who may write, or returns NULL.
 */
static const char *exposed(const struct question *question, char *path)
{
	for (char *slash = path; slash; slash = strchr(slash + 1, '/')) {
		char *end = slash == path ? slash + 1 : slash, kept = *end;
		const char *who;

		*end = '\0';
		who = wrong_peer(question, path);
		if (who)
			return who;
		*end = kept;
	}
	return NULL;
}

/* The same for the path with its symbolic links resolved. path has room for PATH_MAX bytes. */
static const char *exposed_behind_links(const struct question *question, char *path)
{
	char real[PATH_MAX], *slash = strrchr(path, '/');

	*slash = '\0';
	if (!realpath(slash == path ? "/" : path, real) || strlen(real) + 2 > PATH_MAX)
		return NULL;
	strcat(strcpy(path, real), "/");
	return exposed(question, path);
}

static void warn(const struct question *question, const char *text)
{
	const struct uh_table_request *source = question->source;
	const char *file = uh_table_text(question->table, question->route->file);

	if (source->shown && source->file && strcmp(file, source->file) == 0)
		file = source->shown;
	uh_print_fault(true, file, question->route->line, text);
}

/* Of a path with %p or %a the directories before these are checked. */
static void check_path(const struct question *question, const struct uh_target *target,
		       const char *shown)
{
	char path[PATH_MAX], text[PATH_MAX + UH_TARGET_TEXT + 128];
	const char *who;

	uh_path_fixed(target->path, target->path_length, path);
	who = exposed(question, path);
	if (!who)
		who = exposed_behind_links(question, path);
	if (!who)
		return;
	snprintf(text, sizeof(text),
		 "%s can write to %s and so replace %s; set peer_user, or use a directory that "
		 "only root "
		 "can write to",
		 who, path, shown);
	warn(question, text);
}

static void check_target(const struct question *question, const struct uh_table_target *from)
{
	char shown[UH_TARGET_TEXT], text[UH_TARGET_TEXT + 64];
	struct uh_target target;

	uh_table_copy_target(question->table, from, NULL, &target);
	uh_target_format(&target, shown);
	if (target.path[0] == '/') {
		check_path(question, &target, shown);
		return;
	}
	snprintf(text, sizeof(text), "any user can listen at %s; set peer_user", shown);
	warn(question, text);
}

static void check_route(const struct question *question)
{
	if (question->route->peer_count)
		return;
	for (uint32_t i = 0; i < question->route->targets; i++) {
		const struct uh_table_target *target =
		    uh_table_target(question->table, question->route, i);

		if (target->kind == UH_TARGET_UNIX)
			check_target(question, target);
	}
}

/* Both routes are of one table, so equal file names have equal addresses. */
static int compare_places(const void *a, const void *b)
{
	const struct uh_table_route *first = *(const struct uh_table_route *const *)a;
	const struct uh_table_route *second = *(const struct uh_table_route *const *)b;

	if (first->file != second->file)
		return first->file < second->file ? -1 : 1;
	return (first->line > second->line) - (first->line < second->line);
}

/*
 * Checks all routes in the order of files and lines, or in the table's order if memory ran out.
 */
static void check_routes(struct question *question)
{
	uint32_t count = uh_table_routes(question->table);
	const struct uh_table_route **sorted = calloc(count + 1, sizeof(*sorted));

	for (uint32_t i = 0; sorted && i < count; i++)
		sorted[i] = uh_table_route(question->table, i);
	if (sorted)
		qsort(sorted, count, sizeof(*sorted), compare_places);
	for (uint32_t i = 0; i < count; i++) {
		question->route = sorted ? sorted[i] : uh_table_route(question->table, i);
		check_route(question);
	}
	free(sorted);
}

void uh_warn_of_exposed(const struct uh_table_request *source, const struct uh_table *table)
{
	struct question question = {.source = source, .table = table, .owner = geteuid()};
	struct stat status;

	if (source->file && stat(source->file, &status) == 0)
		question.owner = status.st_uid;
	check_routes(&question);
}
