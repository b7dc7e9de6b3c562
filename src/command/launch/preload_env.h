/* SPDX-License-Identifier: MIT */
/* preload_env.h: starts programs with the preload object and its routes in their environment.
 */
#ifndef UH_PRELOAD_ENV_H
#define UH_PRELOAD_ENV_H

#include "command/cli/command.h"

/* env(1) ends with the same three. */
enum { UH_LAUNCH_FAILED = 125, UH_CANNOT_EXECUTE = 126, UH_NOT_FOUND = 127 };

/* What the options say. file and routes are owned. */
struct uh_preload_env {
	char *file, *routes;
	const char *log;
	bool quiet;
};

/* Begins with the routes of the environment. False: no memory, reported. */
bool uh_preload_env_begin(struct uh_preload_env *launch);
void uh_preload_env_end(struct uh_preload_env *launch);

/* Takes optarg for -c, -m or -l, or -q. False when it is wrong, reported. */
bool uh_preload_env_option(const struct uh_command *command, int key,
			   struct uh_preload_env *launch);

/* Sets a variable of the environment. False: reported. */
bool uh_preload_env_put(const char *name, const char *value);

/* Puts all of it, the preload object and what was compiled (hand_over.h) into the environment.
 * False: reported. */
bool uh_preload_env_put_all(const struct uh_preload_env *launch);

/* Tells what is certain to keep the command from being routed, unless -q was given. It may be
 * started all the same. */
void uh_preload_env_warn(const struct uh_preload_env *launch, const char *name);

/* Reports that argv[0] can't be executed, for the reason that errno gives. Returns the exit
 * status for it. */
int uh_preload_env_failed(char *const argv[]);

#endif
