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
	static const char *const names[] = {"bash", "zsh", "fish", NULL};
	static const struct {
		const char *script, *end;
	} shells[] = {
	    {_binary_unhairpin_bash_start, _binary_unhairpin_bash_end},
	    {_binary_unhairpin_zsh_start, _binary_unhairpin_zsh_end},
	    {_binary_unhairpin_fish_start, _binary_unhairpin_fish_end},
	};
	int key = uh_option_next(command, argc, argv), shell;

	if (key != UH_OPTIONS_END)
		return uh_option_status(command, key);
	if (argc - optind != 1)
		return uh_usage_error(command, "expected one of bash, zsh and fish");
	shell = uh_option_choice(command, "", argv[optind], names);
	if (shell < 0)
		return WRONG_USE;
	uh_output_begin();
	fwrite(shells[shell].script, 1, (size_t)(shells[shell].end - shells[shell].script),
	       stdout);
	return uh_output_end(0, WRONG_USE);
}
