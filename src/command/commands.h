/* SPDX-License-Identifier: MIT */
/* commands.h: the table of subcommands. */
#ifndef UH_COMMANDS_H
#define UH_COMMANDS_H

struct uh_command;

/* All subcommands; the last row has no name. */
extern const struct uh_command uh_commands[];

/* unhairpin without a subcommand: it has the common options alone. */
extern const struct uh_command uh_no_command;

/* Returns the subcommand of that name, or NULL (a usage error, reported). */
const struct uh_command *uh_command_find(const char *name);

#endif
