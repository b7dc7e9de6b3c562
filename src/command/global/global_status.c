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
#include "command/cli/json.h"
#include "command/inspect/preload_list.h"
#include "command/inspect/proc.h"

/* The state to print. */
struct state {
	struct uh_global *global;
	bool enabled, loads;
	struct uh_elf object;
	struct uh_verdict verdict;
	int64_t since;	      /* time of the file's last change, in milliseconds since 1970 */
	unsigned count, have; /* processes printed, and those of them that have the object */
	struct uh_columns *columns; /* the processes as a table */
	json_t *processes;	    /* the processes as a JSON array; NULL for a table */
};

/* Returns why a process does not have the object, or NULL if no reason is known. */
static const char *reason(const struct state *state, const struct uh_process *process)
{
	static const char *const text[] = {
	    [UH_IS_STATIC] = "statically linked",
	    [UH_OTHER_MACHINE] = "built for another machine",
	    [UH_OTHER_WIDTH] = "built for another word size",
	    [UH_OTHER_LIBC] = "linked with another libc",
	};
	enum uh_obstacle obstacle = UH_NO_OBSTACLE;

	if (process->mapped == UH_MAPPED_REPLACED)
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
	if (process->started <= state->since)
		return "started before the object was enabled; restart it";
	return "started without the object, or removed it";
}

static bool has(const struct uh_process *process)
{
	return process->mapped == UH_MAPPED || process->mapped == UH_MAPPED_REPLACED;
}

static void add_object(const struct state *state, const struct uh_process *process,
		       const char *why)
{
	bool known = process->mapped != UH_MAPPED_UNKNOWN;

	json_array_append_new(state->processes,
			      json_pack("{s:i, s:o, s:o, s:o}", "pid", (int)process->pid,
					"program", uh_json_string(process->program),
					"has_object",
					known ? json_boolean(has(process)) : json_null(), "why",
					uh_json_string(why)));
}

static void add_row(const struct state *state, const struct uh_process *process,
		    const char *why)
{
	const char *answer = has(process) ? "yes" : "no";

	uh_columns_add(state->columns, UH_PLAIN, "%d", (int)process->pid);
	uh_columns_add(state->columns, UH_PLAIN, "%s",
		       process->mapped == UH_MAPPED_UNKNOWN ? "?" : answer);
	uh_columns_add(state->columns, UH_PLAIN, "%s", process->program);
	uh_columns_add(state->columns, UH_PLAIN, "%s", why ? why : "");
}

/* If not enabled globally, list only processes that have loaded the object anyway. */
static void add_process(void *context, const struct uh_process *process)
{
	struct state *state = context;
	const char *why;

	if (process->pid == getpid() || (!state->enabled && !has(process)))
		return;
	why = state->enabled ? reason(state, process)
			     : "loaded it by LD_PRELOAD, or before it was disabled";
	if (state->processes)
		add_object(state, process, why);
	else
		add_row(state, process, why);
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
	    json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "file",
		      uh_json_string(global->file.path), "enabled", state->enabled, "object",
		      uh_json_string(state->enabled ? global->object : NULL), "version",
		      uh_json_string(*version ? version : NULL), "loads",
		      state->enabled ? json_boolean(state->loads) : json_null(), "fault",
		      uh_json_string(*verdict->fault ? verdict->fault : NULL), "not_tried",
		      uh_json_string(*verdict->skipped ? verdict->skipped : NULL), "processes",
		      state->processes));
}

static bool show_processes(struct state *state, bool headings)
{
	static const char *const title[] = {"PID", "OBJECT", "PROGRAM", "WHY"};
	static const bool right[] = {true, false, false, false};
	bool good = true;

	state->columns = uh_columns_new(headings ? title : NULL, right, 4);
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
	return *global->root || show_processes(state, headings);
}

int uh_global_status(struct uh_global *global, bool json, bool headings)
{
	struct state state = {.global = global};

	find(&state);
	if (!(json ? show_json(&state) : show_text(&state, headings)))
		return UH_STATUS_FAILED;
	if (!state.enabled)
		return UH_NOT_ENABLED;
	return state.loads ? UH_ENABLED : UH_ENABLED_BROKEN;
}
