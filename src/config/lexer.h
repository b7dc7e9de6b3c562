/* SPDX-License-Identifier: MIT */
/* lexer.h: splits a configuration into tokens: words, quoted texts and marks. */
#ifndef UH_LEXER_H
#define UH_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include "table/route.h"

struct uh_config;

/* A mark is its own kind: { } ( ) = and the comma. */
enum uh_token_kind {
	UH_TOKEN_END = 0,
	UH_TOKEN_WORD = 'w',
	UH_TOKEN_TEXT = '"',   /* in single or double quotes, which are part of the token */
	UH_TOKEN_APPEND = '+', /* += */
	UH_TOKEN_BROKEN = -1   /* reported; the rest of the file cannot be understood */
};

/*
 * A token. start points into the file's text. faulty: a fault was reported, so libconfuse must
 * not see the token.
 */
struct uh_token {
	int kind;
	const char *start;
	size_t length;
	unsigned line;
	const char *line_start;
	bool faulty;
};

/* The position of the lexer: at lies in line, which begins at line_start; the text ends at end.
 */
struct uh_lexer {
	struct uh_config *config;
	const char *at, *end;
	unsigned line;
	const char *line_start;
};

#define UH_TOKEN_MAX 4096 /* bytes; PATH_MAX */

/* Returns the place where a token begins. */
static inline struct uh_position uh_token_position(const struct uh_token *token)
{
	return (struct uh_position){token->line_start, token->start};
}

/* Skips blanks and comments, and reads the next token. Reports faults at config->file. */
void uh_token_next(struct uh_lexer *lexer, struct uh_token *token);

#endif
