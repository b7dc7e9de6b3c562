/* SPDX-License-Identifier: MIT */
/* lexer.h: the words, texts and marks that a configuration consists of. */
#ifndef UH_LEXER_H
#define UH_LEXER_H

#include <stdbool.h>
#include <stddef.h>

struct uh_config;

/* The marks are their own kinds: { } ( ) = and the comma. */
enum uh_token_kind {
	UH_TOKEN_END = 0,
	UH_TOKEN_WORD = 'w',
	UH_TOKEN_TEXT = '"',   /* in single or double quotes, which belong to it */
	UH_TOKEN_APPEND = '+', /* += */
	UH_TOKEN_BROKEN = -1   /* reported; nothing after it can be understood */
};

/* start points into the file's text. faulty: reported, libconfuse must not see it. */
struct uh_token {
	int kind;
	const char *start;
	size_t length;
	unsigned line;
	bool faulty;
};

/* Where reading stands: at lies in line; the text stops at end. */
struct uh_lexer {
	struct uh_config *config;
	const char *at, *end;
	unsigned line;
};

#define UH_TOKEN_MAX 4096 /* bytes: the longest path a program can have */

/* Skips blanks and comments, and reads the next token. Faults are reported at config->file. */
void uh_token_next(struct uh_lexer *lexer, struct uh_token *token);

#endif
