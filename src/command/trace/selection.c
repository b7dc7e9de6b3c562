/* SPDX-License-Identifier: MIT */
/* selection.c: tells from /proc and from cgroups which processes a trace is of. */
#include "selection.h"

#include <dirent.h>
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash_map.h"
#include "command/inspect/proc.h"

/* A process ID may be used again: the time tells the processes apart. */
struct uh_candidate {
	pid_t process;
	unsigned long long started; /* in clock ticks since the boot */
	bool wanted;
	UT_hash_handle hh;
};

/*
 * Reads fields 4 and 22 of /proc/PID/stat: proc(5). The program's name, in parentheses before
 * them, can contain blanks and parentheses.
 */
static bool read_stat(pid_t process, pid_t *parent, unsigned long long *started)
{
	char path[64], text[1024];
	const char *at;
	FILE *file;
	int number;

	uh_proc_path(path, process, "stat");
	file = fopen(path, "re");
	if (!file)
		return false;
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	at = strrchr(text, ')');
	if (!at || sscanf(at, ") %*c %d", &number) != 1)
		return false;
	*parent = number;
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (at)
		*started = strtoull(at, NULL, 10);
	return at;
}

static struct uh_candidate *find(struct uh_selection *selection, pid_t process)
{
	struct uh_candidate *candidate;

	HASH_FIND(hh, selection->candidates, &process, sizeof(process), candidate);
	return candidate;
}

/* Without memory the process is looked at again the next time. */
static void remember(struct uh_selection *selection, pid_t process, unsigned long long started,
		     bool wanted)
{
	struct uh_candidate *candidate = find(selection, process);

	if (candidate) { /* not freed, because a loop may stand before it */
		candidate->started = started;
		candidate->wanted = wanted;
		return;
	}
	candidate = calloc(1, sizeof(*candidate));
	if (!candidate)
		return;
	candidate->process = process;
	candidate->started = started;
	candidate->wanted = wanted;
	HASH_ADD(hh, selection->candidates, process, sizeof(candidate->process), candidate);
	if (!candidate->hh.tbl)
		free(candidate);
}

static bool is_in_cgroup(const struct uh_cgroup *outer, pid_t process)
{
	size_t length = strlen(outer->path);
	struct uh_cgroup cgroup;

	return uh_cgroup_of_process(process, &cgroup) &&
	       strncmp(cgroup.path, outer->path, length) == 0 &&
	       (cgroup.path[length] == '\0' || cgroup.path[length] == '/');
}

static bool is_selected(struct uh_selection *selection, pid_t process, pid_t parent)
{
	switch (selection->kind) {
	case UH_SELECT_CGROUP:
		return is_in_cgroup(&selection->cgroup, process);
	case UH_SELECT_PROCESS:
		return process == selection->process ||
		       (parent > 1 && uh_selection_wants(selection, parent));
	default:
		return true;
	}
}

bool uh_selection_wants(struct uh_selection *selection, pid_t process)
{
	struct uh_candidate *candidate;
	unsigned long long started;
	pid_t parent;
	bool wanted;

	if (selection->kind == UH_SELECT_ALL)
		return true;
	if (process == getpid())
		return false;
	candidate = find(selection, process);
	if (!read_stat(process, &parent, &started)) {
		selection->gone += !candidate;
		return candidate && candidate->wanted;
	}
	if (candidate && candidate->started == started)
		return candidate->wanted;
	wanted = is_selected(selection, process, parent);
	remember(selection, process, started, wanted);
	return wanted;
}

static void visit_children(void *context, pid_t process);

/* proc_tid_children(5); a kernel without it shows no descendants but those that report. */
static void look_at_children(struct uh_selection *selection, pid_t process)
{
	char path[64], name[sizeof(path) + NAME_MAX + 16];
	const struct dirent *entry;
	DIR *tasks;
	int child;

	uh_proc_path(path, process, "task");
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks))) {
		if (*entry->d_name == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s/children", path, entry->d_name);
		FILE *file = fopen(name, "re");
		while (file && fscanf(file, "%d", &child) == 1)
			visit_children(selection, child);
		if (file)
			fclose(file);
	}
	if (tasks)
		closedir(tasks);
}

static void visit_children(void *context, pid_t process)
{
	if (uh_selection_wants(context, process))
		look_at_children(context, process);
}

/* Keeps the processes that are left, and returns the number of selected ones among them. */
static size_t forget_ended(struct uh_selection *selection)
{
	struct uh_candidate *at = selection->candidates, *next;
	unsigned long long started;
	size_t left = 0;
	pid_t parent;

	HASH_CLEAR(hh, selection->candidates);
	for (; at; at = next) {
		next = at->hh.next;
		if (read_stat(at->process, &parent, &started) && started == at->started) {
			left += at->wanted;
			HASH_ADD_INT(selection->candidates, process, at);
		} else {
			free(at);
		}
	}
	return left;
}

static bool is_populated(const struct uh_cgroup *cgroup)
{
	char path[PATH_MAX + 16], line[64];
	bool populated = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s/cgroup.events", cgroup->path);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		populated = populated || strcmp(line, "populated 1\n") == 0;
	if (file)
		fclose(file);
	return populated;
}

bool uh_selection_refresh(struct uh_selection *selection)
{
	unsigned long gone = selection->gone;
	struct uh_candidate *at;
	size_t left;

	if (selection->kind == UH_SELECT_ALL)
		return true;
	if (selection->kind == UH_SELECT_PROCESS) {
		visit_children(selection, selection->process);
		for (at = selection->candidates; at; at = at->hh.next)
			if (at->wanted)
				look_at_children(selection, at->process);
		selection->gone = gone; /* no messages were missed */
	}
	left = forget_ended(selection);
	return selection->kind == UH_SELECT_CGROUP ? is_populated(&selection->cgroup)
						   : left > 0;
}

/* The processes of one cgroup: cgroups(7). */
static void each_of_cgroup(const char *directory, void (*visit)(void *context, pid_t process),
			   void *context)
{
	char path[PATH_MAX + 16];
	FILE *file;
	int process;

	snprintf(path, sizeof(path), "%s/cgroup.procs", directory);
	file = fopen(path, "re");
	while (file && fscanf(file, "%d", &process) == 1)
		visit(context, process);
	if (file)
		fclose(file);
}

void uh_selection_each(struct uh_selection *selection,
		       void (*visit)(void *context, pid_t process), void *context)
{
	char *const roots[] = {selection->cgroup.path, NULL};
	struct uh_candidate *at;
	FTSENT *entry;
	FTS *tree;

	if (selection->kind == UH_SELECT_PROCESS) {
		for (at = selection->candidates; at; at = at->hh.next)
			if (at->wanted)
				visit(context, at->process);
	}
	if (selection->kind != UH_SELECT_CGROUP)
		return;
	tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	while (tree && (entry = fts_read(tree)))
		if (entry->fts_info == FTS_D)
			each_of_cgroup(entry->fts_path, visit, context);
	if (tree)
		fts_close(tree);
}

void uh_selection_free(struct uh_selection *selection)
{
	UH_HASH_FREE(selection->candidates, free);
}
