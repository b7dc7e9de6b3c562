/* SPDX-License-Identifier: MIT */
/* run.c: `unhairpin run`, which executes a program with the preload object. */
#include <getopt.h>
#include <unistd.h>

#include "command/launch/preload_env.h"
#include "command/cli/options.h"

int uh_command_run(const struct uh_command *command, int argc, char **argv)
{
	struct uh_preload_env launch;
	int key, status = UH_LAUNCH_FAILED;

	if (!uh_preload_env_begin(&launch))
		return UH_LAUNCH_FAILED;
	while ((key = uh_option_next(command, argc, argv)) > 0)
		if (!uh_preload_env_option(command, key, &launch))
			goto out;
	if (key < 0)
		status = uh_option_status(command, key);
	else if (optind == argc)
		uh_usage_error(command, "expected a COMMAND");
	else if (uh_preload_env_put_all(&launch)) {
		uh_preload_env_warn(&launch, argv[optind]);
		execvp(argv[optind], argv + optind);
		status = uh_preload_env_failed(argv + optind);
	}
out:
	uh_preload_env_end(&launch);
	return status;
}
