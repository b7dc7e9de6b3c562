/* SPDX-License-Identifier: MIT */
/* help.h: prints --help and --version. */
#ifndef UH_HELP_H
#define UH_HELP_H

struct uh_command;

/* Prints the help of a subcommand, or of unhairpin itself if its name is NULL. */
void uh_print_help(const struct uh_command *command);
void uh_print_version(void);

#endif
