/* SPDX-License-Identifier: MIT */
/* global_status.c: `unhairpin global status`, which looks at the file, the object and /proc. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/cli/command.h"
#include "global.h"
#include "command/cli/json.h"
#include "command/inspect/preload_list.h"
#include "command/inspect/proc.h"

/* The whole answer but for the processes, which are printed as they are met. */
struct state {
	struct uh_global *global;
	bool enabled, loads, json;
	struct uh_elf object;
	struct uh_verdict verdict;
	int64_t since; /* when the file was changed, in milliseconds since 1970 */
	unsigned count, have;
};

/* Why a process doesn't have the object, or NULL for no reason that's known. */
static const char *reason(const struct state *state, const struct uh_process *process)
{
	static const char *const text[] = {
	    [UH_IS_STATIC] = "statically linked",
	    [UH_OTHER_MACHINE] = "for another machine",
	    [UH_OTHER_WIDTH] = "of another word size",
	    [UH_OTHER_LIBC] = "of another libc",
	};
	enum uh_obstacle obstacle = UH_NO_OBSTACLE;

	if (process->mapped == UH_MAPPED_REPLACED)
		return "has a copy that was replaced since; restart it";
	if (process->mapped == UH_MAPPED_UNKNOWN)
		return "not for this user to know";
	if (process->has_elf)
		obstacle = uh_elf_obstacle(&process->elf, &state->object);
	if (process->mapped == UH_MAPPED)
		return obstacle == UH_IS_GO ? "a Go program, which passes it by" : NULL;
	if (obstacle != UH_NO_OBSTACLE && obstacle != UH_IS_GO)
		return text[obstacle];
	if (!uh_process_shares(process->pid, "/etc/ld.so.preload"))
		return "has another /etc/ld.so.preload (a container)";
	if (process->started <= state->since)
		return "started before; restart it";
	return "took it out, or started without it";
}

static bool has(const struct uh_process *process)
{
	return process->mapped == UH_MAPPED || process->mapped == UH_MAPPED_REPLACED;
}

static void print_json(const struct state *state, const struct uh_process *process,
		       const char *why)
{
	printf("%s\n    {\"pid\": %d, \"program\": ", state->count ? "," : "", process->pid);
	uh_json_text(stdout, process->program);
	printf(", \"has_object\": %s, \"why\": ", process->mapped == UH_MAPPED_UNKNOWN ? "null"
						  : has(process)		       ? "true"
								 : "false");
	uh_json_text(stdout, why);
	printf("}");
}

static void print_text(const struct state *state, const struct uh_process *process,
		       const char *why)
{
	if (state->count == 0)
		printf("\n%7s  %-6s  %-40s  %s\n", "PID", "OBJECT", "PROGRAM", "WHY");
	printf("%7d  %-6s  %-40s  %s\n", process->pid,
	       process->mapped == UH_MAPPED_UNKNOWN ? "?"
	       : has(process)			    ? "yes"
						    : "no",
	       process->program, why ? why : "");
}

/* Where it isn't enabled, only those are of interest that have it in spite of that. */
static void show_process(void *context, const struct uh_process *process)
{
	struct state *state = context;
	const char *why;

	if (process->pid == getpid() || (!state->enabled && !has(process)))
		return;
	why = state->enabled ? reason(state, process) : "in LD_PRELOAD, or from before";
	if (state->json)
		print_json(state, process, why);
	else
		print_text(state, process, why);
	state->count++;
	state->have += has(process);
}

/* Fills in all but the processes. */
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

static void show_json(struct state *state)
{
	const struct uh_global *global = state->global;

	printf("{\n  \"file\": ");
	uh_json_text(stdout, global->file.path);
	printf(",\n  \"enabled\": %s,\n  \"object\": ", state->enabled ? "true" : "false");
	uh_json_text(stdout, state->enabled ? global->object : NULL);
	printf(",\n  \"version\": ");
	uh_json_text(stdout, *state->object.version ? state->object.version : NULL);
	printf(",\n  \"loads\": %s,\n  \"fault\": ", !state->enabled ? "null"
						     : state->loads  ? "true"
								     : "false");
	uh_json_text(stdout, *state->verdict.fault ? state->verdict.fault : NULL);
	printf(",\n  \"not_tried\": ");
	uh_json_text(stdout, *state->verdict.skipped ? state->verdict.skipped : NULL);
	printf(",\n  \"processes\": [");
	if (!*global->root)
		uh_processes(show_process, state);
	printf("%s]\n}\n", state->count ? "\n  " : "");
}

static void show_text(struct state *state)
{
	const struct uh_global *global = state->global;

	if (!state->enabled) {
		printf("%s: not enabled\n", global->file.path);
	} else {
		const char *version = state->object.version;

		printf("%s: enabled\n", global->file.path);
		printf("object   %s, version %s\n", global->object,
		       *version ? version : "unknown");
		printf("canary   %s\n",
		       state->loads ? "loads and behaves" : state->verdict.fault);
		if (*state->verdict.skipped)
			printf("         not tried: %s\n", state->verdict.skipped);
	}
	if (*global->root)
		return;
	uh_processes(show_process, state);
	if (state->enabled)
		printf("\n%u of %u programs that run have the object\n", state->have,
		       state->count);
}

int uh_global_status(struct uh_global *global, bool json)
{
	struct state state = {.global = global, .json = json};

	find(&state);
	if (json)
		show_json(&state);
	else
		show_text(&state);
	if (!state.enabled)
		return UH_NOT_ENABLED;
	return state.loads ? UH_ENABLED : UH_ENABLED_BROKEN;
}
