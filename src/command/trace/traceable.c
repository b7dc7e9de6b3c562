/* SPDX-License-Identifier: MIT */
/* traceable.c: says which running processes a trace cannot see, and what to do. */
#include "traceable.h"

#include <errno.h>
#include <stdio.h>

#include "command/cli/diag.h"
#include "command/cli/install_paths.h"
#include "command/doctor/kernel_cover.h"
#include "command/inspect/proc.h"
#include "command/trace/connections/connection.h"

enum { EXPLAINED = 5 }; /* processes that cannot be traced; others are only counted */

struct examination {
	const char *unit, *path; /* the unit or NULL; the trace's socket */
	size_t looked_at, traceable, explained;
};

/* The program is one that cannot load the object. */
static void report_obstacle(const struct uh_process *process, const char *why)
{
	struct uh_kernel_cover cover;

	uh_kernel_cover_of_process(&cover, process->pid, NULL);
	uh_error("process %d (%s) cannot be traced: %s; 'unhairpin suggest --process=%d' shows "
		 "its connections%s%s%s",
		 (int)process->pid, uh_program_name(process->program), why, (int)process->pid,
		 *cover.command ? ", '" : "", cover.command,
		 *cover.command ? "' routes them" : "");
}

static void report_unloaded(const struct examination *examination,
			    const struct uh_process *process)
{
	const char *object_path = uh_installed_object_path(), *unit = examination->unit;
	enum uh_obstacle obstacle = UH_NO_OBSTACLE;
	struct uh_elf object;

	if (object_path && process->has_elf && uh_elf_read_path(object_path, &object))
		obstacle = uh_elf_obstacle(&process->elf, &object);
	if (obstacle != UH_NO_OBSTACLE) {
		report_obstacle(process, uh_obstacle_text(&process->elf, obstacle));
		return;
	}
	uh_error("process %d (%s) has not loaded the object; start it again with the object",
		 (int)process->pid, uh_program_name(process->program));
	if (unit)
		uh_error("'unhairpin doctor %s' says what keeps the object out", unit);
	else
		uh_error("'unhairpin doctor %d' says what keeps the object out",
			 (int)process->pid);
}

static void explain(const struct examination *examination, const struct uh_process *process)
{
	const char *program = uh_program_name(process->program);
	int pid = (int)process->pid;

	if (process->mapped == UH_MAPPED_UNKNOWN)
		uh_error("process %d: this user may not look at it; run trace as root", pid);
	else if (process->mapped == UH_NOT_MAPPED)
		report_unloaded(examination, process);
	else
		uh_error(
		    "process %d (%s) sees another file system, without %s; run trace there "
		    "('nsenter -m -t %d unhairpin trace ...'), or 'unhairpin suggest "
		    "--process=%d'",
		    pid, program, examination->path, pid, pid);
}

static bool is_traceable(const struct examination *examination,
			 const struct uh_process *process)
{
	return (process->mapped == UH_MAPPED || process->mapped == UH_MAPPED_REPLACED) &&
	       uh_process_shares(process->pid, examination->path);
}

static void visit(void *context, pid_t pid)
{
	struct examination *examination = context;
	struct uh_process process;

	if (!uh_process_read(pid, &process)) {
		if (errno != EACCES) /* it has ended, or is a kernel thread */
			return;
		process.mapped = UH_MAPPED_UNKNOWN;
	}
	examination->looked_at++;
	if (!is_traceable(examination, &process)) {
		if (examination->explained++ < EXPLAINED)
			explain(examination, &process);
		return;
	}
	examination->traceable++;
	if (process.mapped == UH_MAPPED_REPLACED)
		uh_error("process %d (%s) has loaded an object that was replaced since; if it "
			 "reports nothing, restart it",
			 (int)pid, uh_program_name(process.program));
}

static void count_loaded(void *context, const struct uh_process *process)
{
	size_t *loaded = context;

	*loaded += process->mapped == UH_MAPPED || process->mapped == UH_MAPPED_REPLACED;
}

bool uh_traceable(struct uh_selection *selection, const char *unit, const char *path)
{
	struct examination examination = {.unit = unit, .path = path};
	size_t loaded = 0;

	if (selection->kind == UH_SELECT_ALL) {
		uh_processes(count_loaded, &loaded);
		if (!loaded)
			uh_error("no process has loaded the object yet; 'unhairpin global "
				 "enable' has every program load it");
		return true;
	}
	uh_selection_refresh(selection);
	uh_selection_each(selection, visit, &examination);
	if (!examination.looked_at && selection->kind == UH_SELECT_PROCESS)
		uh_error("process %d does not run", (int)selection->process);
	else if (!examination.looked_at)
		uh_error("%s: no process runs there", unit);
	else if (examination.explained > EXPLAINED)
		uh_error("%zu processes more cannot be traced",
			 examination.explained - EXPLAINED);
	return examination.traceable;
}
