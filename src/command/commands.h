/* SPDX-License-Identifier: MIT */
/* commands.h: the table of subcommands. */
#ifndef UH_COMMANDS_H
#define UH_COMMANDS_H

struct uh_command;

/* All subcommands; the last row has no name. */
extern const struct uh_command uh_commands[];

#endif
