/* SPDX-License-Identifier: MIT */
/* global_status.c: `unhairpin global status`, which examines the file, the object and /proc. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/cli/columns.h"
#include "command/cli/diag.h"
#include "global.h"
#include "load/cache.h"
#include "command/cli/json.h"
#include "command/cli/off_file.h"
#include "command/inspect/preload_list.h"
#include "command/inspect/proc.h"
#include "restarts.h"

/* The state to print. */
struct state {
	struct uh_global *global;
	bool enabled, loads;
	struct uh_elf object;
	struct uh_verdict verdict;
	int64_t since;	    /* time of the file's last change, in milliseconds since 1970 */
	char off[PATH_MAX]; /* the file that switches the routes off, or "" */
	struct uh_restarts restarts;
	unsigned count, have; /* processes printed, and those of them that have the object */
	struct uh_columns *columns; /* the processes as a table */
	json_t *processes;	    /* the processes as a JSON array; NULL for a table */
};

/*
 * Returns why a process does not have the object, or NULL if no reason is known. Sets *restart
 * if it will have it after a restart.
 */
static const char *reason(const struct state *state, const struct uh_process *process,
			  bool *restart)
{
	static const char *const text[] = {
	    [UH_IS_STATIC] = "statically linked",
	    [UH_OTHER_MACHINE] = "built for another machine",
	    [UH_OTHER_WIDTH] = "built for another word size",
	    [UH_OTHER_LIBC] = "linked with another libc",
	};
	enum uh_obstacle obstacle = UH_NO_OBSTACLE;

	*restart = process->mapped == UH_MAPPED_REPLACED;
	if (*restart)
		return "has loaded a copy of the object that was replaced since; restart it";
	if (process->mapped == UH_MAPPED_UNKNOWN)
		return "this user may not read its mappings; ask as root";
	if (process->has_elf)
		obstacle = uh_elf_obstacle(&process->elf, &state->object);
	if (process->mapped == UH_MAPPED)
		return obstacle == UH_IS_GO
			   ? "a Go program, which does not call libc's connect()"
			   : NULL;
	if (obstacle != UH_NO_OBSTACLE && obstacle != UH_IS_GO)
		return text[obstacle];
	if (!uh_process_shares(process->pid, "/etc/ld.so.preload"))
		return "has another /etc/ld.so.preload (a container)";
	*restart = process->started <= state->since;
	if (*restart)
		return "started before the object was enabled; restart it";
	return "started without the object, or removed it";
}

static bool has(const struct uh_process *process)
{
	return process->mapped == UH_MAPPED || process->mapped == UH_MAPPED_REPLACED;
}

static void add_object(const struct state *state, const struct uh_process *process,
		       const struct uh_process_unit *unit, const char *why)
{
	bool known = process->mapped != UH_MAPPED_UNKNOWN;

	json_array_append_new(state->processes,
			      json_pack("{s:i, s:o, s:o, s:o, s:o}", "pid", (int)process->pid,
					"program", uh_json_string(process->program), "unit",
					uh_json_string(*unit->name ? unit->name : NULL),
					"has_object",
					known ? json_boolean(has(process)) : json_null(), "why",
					uh_json_string(why)));
}

static void add_row(const struct state *state, const struct uh_process *process,
		    const struct uh_process_unit *unit, const char *why)
{
	const char *answer = has(process) ? "yes" : "no";

	uh_columns_add(state->columns, UH_PLAIN, "%d", (int)process->pid);
	uh_columns_add(state->columns, UH_PLAIN, "%s",
		       process->mapped == UH_MAPPED_UNKNOWN ? "?" : answer);
	uh_columns_add(state->columns, UH_PLAIN, "%s", unit->name);
	uh_columns_add(state->columns, UH_PLAIN, "%s", process->program);
	uh_columns_add(state->columns, UH_PLAIN, "%s", why ? why : "");
}

/* If not enabled globally, list only processes that have loaded the object anyway. */
static void add_process(void *context, const struct uh_process *process)
{
	struct state *state = context;
	struct uh_process_unit unit;
	const char *why;
	bool restart = false;

	if (process->pid == getpid() || (!state->enabled && !has(process)))
		return;
	uh_process_unit(process->pid, &unit);
	why = state->enabled ? reason(state, process, &restart)
			     : "loaded it by LD_PRELOAD, or before it was disabled";
	if (restart)
		uh_restarts_add(&state->restarts, process->pid, &unit);
	if (state->processes)
		add_object(state, process, &unit, why);
	else
		add_row(state, process, &unit, why);
	state->count++;
	state->have += has(process);
}

/* Finds out everything but the processes. */
static void find(struct state *state)
{
	struct uh_global *global = state->global;
	const struct uh_preload_file *file = &global->file;
	char path[2 * PATH_MAX];
	struct uh_preload_word word;
	struct stat status;

	snprintf(path, sizeof(path), "%s" UH_DEFAULT_CONF, global->root);
	if (!uh_routes_are_off(path, state->off))
		*state->off = '\0';
	state->enabled = uh_preload_list_find(file->text, file->size, &word);
	if (!state->enabled)
		return;
	snprintf(global->object, sizeof(global->object), "%.*s", (int)word.length,
		 file->text + word.start);
	snprintf(path, sizeof(path), "%s%s", global->root, global->object);
	uh_elf_read_path(path, &state->object);
	state->loads = uh_global_try(global, geteuid() == 0 ? file->text : NULL, file->size,
				     &state->verdict);
	if (stat(file->path, &status) == 0)
		state->since =
		    status.st_ctim.tv_sec * INT64_C(1000) + status.st_ctim.tv_nsec / 1000000;
}

static bool show_json(struct state *state)
{
	const struct uh_global *global = state->global;
	const struct uh_verdict *verdict = &state->verdict;
	const char *version = state->object.version;

	state->processes = json_array();
	if (state->processes && !*global->root)
		uh_processes(add_process, state);
	return uh_json_print(
	    stdout,
	    json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "file",
		      uh_json_string(global->file.path), "enabled", state->enabled, "object",
		      uh_json_string(state->enabled ? global->object : NULL), "version",
		      uh_json_string(*version ? version : NULL), "loads",
		      state->enabled ? json_boolean(state->loads) : json_null(), "fault",
		      uh_json_string(*verdict->fault ? verdict->fault : NULL), "not_tried",
		      uh_json_string(*verdict->skipped ? verdict->skipped : NULL), "off",
		      uh_json_string(*state->off ? state->off : NULL), "processes",
		      state->processes, "units", uh_restarts_units(&state->restarts), "restart",
		      uh_restarts_commands(&state->restarts)));
}

static bool show_processes(struct state *state, bool headings)
{
	static const char *const title[] = {"PID", "OBJECT", "UNIT", "PROGRAM", "WHY"};
	static const bool right[] = {true, false, false, false, false};
	bool good = true;

	state->columns = uh_columns_new(headings ? title : NULL, right, 5);
	uh_processes(add_process, state);
	if (state->count) {
		printf("\n");
		good = uh_columns_print(state->columns, stdout, uh_has_colours(stdout));
		if (!good)
			uh_error("%s", strerror(ENOMEM));
	}
	uh_columns_free(state->columns);
	if (state->enabled)
		printf("\n%u of %u running programs have loaded the object\n", state->have,
		       state->count);
	uh_restarts_print(&state->restarts, stdout);
	return good;
}

static bool show_text(struct state *state, bool headings)
{
	const struct uh_global *global = state->global;

	if (!state->enabled) {
		printf("%s: not enabled\n", global->file.path);
	} else {
		const char *version = state->object.version;

		printf("%s: enabled\n", global->file.path);
		printf("object   %s, version %s\n", global->object,
		       *version ? version : "unknown");
		printf("test     %s\n",
		       state->loads ? "loads and behaves" : state->verdict.fault);
		if (*state->verdict.skipped)
			printf("         not tested: %s\n", state->verdict.skipped);
	}
	if (*state->off)
		printf("routes   switched off by %s\n", state->off);
	return *global->root || show_processes(state, headings);
}

int uh_global_status(struct uh_global *global, bool json, bool headings)
{
	struct state state = {.global = global};
	bool shown;

	find(&state);
	shown = json ? show_json(&state) : show_text(&state, headings);
	uh_restarts_free(&state.restarts);
	if (!shown)
		return UH_STATUS_FAILED;
	if (!state.enabled)
		return UH_NOT_ENABLED;
	return state.loads ? UH_ENABLED : UH_ENABLED_BROKEN;
}
