/* SPDX-License-Identifier: MIT */
/* help.h: prints --help and --version. */
#ifndef UH_HELP_H
#define UH_HELP_H

#include "options.h"

/* The options that every subcommand has, and their keys. */
enum { UH_KEY_HELP = 'h', UH_KEY_VERSION = 'V' };
extern const struct uh_option uh_common_options[];

/* Prints the help of a subcommand, or of unhairpin itself if its name is NULL. */
void uh_print_help(const struct uh_command *command);
void uh_print_version(void);

#endif
