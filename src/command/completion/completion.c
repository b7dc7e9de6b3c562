/* SPDX-License-Identifier: MIT */
/* completion.c: `unhairpin completion`, which prints the script for a shell. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "command/cli/options.h"
#include "command/cli/diag.h"

enum { WRONG_USE = 2 };

/*
 * The scripts beside this file. The Makefile links them in under the names that ld(1) gives
 * them.
 */
extern const char _binary_unhairpin_bash_start[], _binary_unhairpin_bash_end[],
    _binary_unhairpin_zsh_start[], _binary_unhairpin_zsh_end[], _binary_unhairpin_fish_start[],
    _binary_unhairpin_fish_end[];

int uh_command_completion(const struct uh_command *command, int argc, char **argv)
{
	static const struct {
		const char *shell, *script, *end;
	} shells[] = {
	    {"bash", _binary_unhairpin_bash_start, _binary_unhairpin_bash_end},
	    {"zsh", _binary_unhairpin_zsh_start, _binary_unhairpin_zsh_end},
	    {"fish", _binary_unhairpin_fish_start, _binary_unhairpin_fish_end},
	};
	int key = uh_option_next(command, argc, argv);

	if (key != UH_OPTIONS_END)
		return uh_option_status(command, key);
	if (argc - optind != 1)
		return uh_usage_error(command, "expected one of bash, zsh and fish");
	for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++) {
		if (strcmp(argv[optind], shells[i].shell) != 0)
			continue;
		uh_output_begin();
		fwrite(shells[i].script, 1, (size_t)(shells[i].end - shells[i].script), stdout);
		return uh_output_end(0, WRONG_USE);
	}
	return uh_usage_error(command, "'%s': expected bash, zsh or fish", argv[optind]);
}
