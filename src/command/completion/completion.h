/* SPDX-License-Identifier: MIT */
/* completion.h: completion scripts for shells, made from the table that the help is made from.
 */
#ifndef UH_COMPLETION_H
#define UH_COMPLETION_H

/* What can stand in the place of an argument. */
enum uh_choice { UH_ANYTHING, UH_FILES, UH_DIRECTORIES, UH_USERS, UH_COMMANDS, UH_WORDS };

/*
 * Tells that by the argument's name in the help ("FILE", "DIR", "a|b|c"…), or by the usage of a
 * command, whose last word it is. For UH_WORDS, words (256 bytes) gets them, with blanks
 * between.
 */
enum uh_choice uh_choice_of(const char *argument, char *words);

/* The scripts, to stdout. */
void uh_complete_bash(void);
void uh_complete_zsh(void);
void uh_complete_fish(void);

#endif
