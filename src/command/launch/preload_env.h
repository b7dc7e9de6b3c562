/* SPDX-License-Identifier: MIT */
/*
 * preload_env.h: puts the preload object and its routes into the environment of programs.
 * Nothing here is async-signal-safe.
 */
#ifndef UH_PRELOAD_ENV_H
#define UH_PRELOAD_ENV_H

#include <stdbool.h>

#include "command/cli/options.h"

/* Exit statuses, as those of env(1). */
enum { UH_LAUNCH_FAILED = 125, UH_CANNOT_EXECUTE = 126, UH_NOT_FOUND = 127 };

/* The values of the options -c, -m, -l and -q. The struct owns file and routes. */
struct uh_preload_env {
	char *file, *routes;
	const char *log;
	bool quiet;
};

/*
 * Starts with the routes of the environment. Returns false if there is no memory, after
 * reporting it.
 */
bool uh_preload_env_begin(struct uh_preload_env *launch);

/* Frees the struct's members. */
void uh_preload_env_end(struct uh_preload_env *launch);

/*
 * Handles one option: -c, -m or -l with optarg, or -q. Returns false if its value is wrong,
 * after reporting it.
 */
bool uh_preload_env_option(const struct uh_command *command, int key,
			   struct uh_preload_env *launch);

/* Sets an environment variable. Returns false on failure, after reporting it. */
bool uh_preload_env_put(const char *name, const char *value);

/*
 * Puts the options' values, the preload object and the compiled routes (compile_ahead.h) into
 * the environment. Returns false on failure, after reporting it.
 */
bool uh_preload_env_put_all(const struct uh_preload_env *launch);

/*
 * Reports what will certainly keep the command from being routed, unless -q was given. The
 * command may be started all the same.
 */
void uh_preload_env_warn(const struct uh_preload_env *launch, const char *name);

/*
 * Reports that argv[0] cannot be executed, with the reason in errno. Returns the exit status
 * for that.
 */
int uh_preload_env_failed(char *const argv[]);

#endif
