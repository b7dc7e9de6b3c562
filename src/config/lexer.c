/* SPDX-License-Identifier: MIT */
/*
 * lexer.c: splits a configuration into tokens by libconfuse's lexical rules, and reports the
 * faults about which libconfuse is silent: it drops characters that it has no rule for, expands
 * ${VAR}, and lets a text run on over the following lines.
 */
#include "lexer.h"

#include <string.h>

#include "config.h"

/* Returns the byte that many bytes ahead, or -1 behind the end. */
static int peek(const struct uh_lexer *lexer, size_t ahead)
{
	return (size_t)(lexer->end - lexer->at) > ahead ? (unsigned char)lexer->at[ahead] : -1;
}

static bool is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Moves behind a byte, which may end a line. */
static void advance(struct uh_lexer *lexer)
{
	if (*lexer->at++ != '\n')
		return;
	lexer->line++;
	lexer->line_start = lexer->at;
}

static bool ends_word(int c)
{
	return c < 0 || is_blank(c) || strchr("#\"'={}(),", c);
}

/* Faults are at the lexer's position. */
static void place(const struct uh_lexer *lexer)
{
	uh_position_set(lexer->config, (struct uh_position){lexer->line_start, lexer->at},
			lexer->line);
}

/* Faults are at a token. */
static void place_token(const struct uh_lexer *lexer, const struct uh_token *token)
{
	uh_position_set(lexer->config, uh_token_position(token), token->line);
}

/* False, and reported, if the comment is never closed. */
static bool skip_long_comment(struct uh_lexer *lexer)
{
	const struct uh_lexer opened = *lexer;

	for (lexer->at += 2; lexer->at < lexer->end; advance(lexer)) {
		if (lexer->at[0] == '*' && peek(lexer, 1) == '/') {
			lexer->at += 2;
			return true;
		}
	}
	place(&opened);
	uh_fault(lexer->config, opened.line, "comment is never closed; expected \"*/\"");
	return false;
}

static void skip_line(struct uh_lexer *lexer)
{
	while (lexer->at < lexer->end && *lexer->at != '\n')
		lexer->at++;
}

static bool skip_to_token(struct uh_lexer *lexer)
{
	for (;;) {
		if (is_blank(peek(lexer, 0)))
			advance(lexer);
		else if (peek(lexer, 0) == '#' ||
			 (peek(lexer, 0) == '/' && peek(lexer, 1) == '/'))
			skip_line(lexer);
		else if (peek(lexer, 0) == '/' && peek(lexer, 1) == '*') {
			if (!skip_long_comment(lexer))
				return false;
		} else
			return true;
	}
}

/* One report for a token is enough. */
static void variable_fault(struct uh_lexer *lexer, struct uh_token *token)
{
	place(lexer);
	if (!token->faulty)
		uh_fault(lexer->config, lexer->line,
			 "environment variables are not expanded; expected plain text, "
			 "or single quotes around \"${\"");
	token->faulty = true;
}

/*
 * libconfuse removes the backslash of an unknown escape, so "\u00e9" or "\d" would silently
 * change a path. It reports bad octal numbers itself, and an escaped punctuation mark stands
 * for itself.
 */
static bool is_known_escape(const struct uh_lexer *lexer)
{
	int c = peek(lexer, 1), digit = peek(lexer, 2);

	if (c == 'x')
		return digit > 0 && digit < 0x80 && strchr("0123456789abcdefABCDEF", digit);
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return strchr("abefnrtv", c);
	return true;
}

/* True if an escape in double quotes ("\0", "\00", "\000", "\x0", "\x00") makes a NUL byte. */
static bool is_nul_escape(const struct uh_lexer *lexer)
{
	bool hexadecimal = peek(lexer, 1) == 'x';
	const char *digits = hexadecimal ? "0123456789abcdefABCDEF" : "01234567";
	size_t first = hexadecimal ? 2 : 1;
	size_t i = first;

	while (i <= 3 && peek(lexer, i) == '0')
		i++;
	return i > first && (i > 3 || peek(lexer, i) < 0 || !strchr(digits, peek(lexer, i)));
}

/* Checks one character, or an escape, of a text in double quotes. */
static void double_quoted(struct uh_lexer *lexer, struct uh_token *token)
{
	if (peek(lexer, 0) == '$' && peek(lexer, 1) == '{')
		variable_fault(lexer, token);
	if (peek(lexer, 0) != '\\' || token->faulty)
		return;
	place(lexer);
	if (is_nul_escape(lexer))
		uh_fault(lexer->config, lexer->line,
			 "NUL byte in a text; expected a text without one");
	else if (!is_known_escape(lexer))
		uh_fault(lexer->config, lexer->line,
			 "unknown escape \"\\%.1s\" in a text; expected an escape of C, or "
			 "\"\\\\\" for a backslash",
			 lexer->at + 1);
	else
		return;
	token->faulty = true;
}

/*
 * A text ends at a line break, unless a backslash stands before it, because no value needs one.
 * libconfuse would read on to the next quote, lines away, and report the fault there.
 */
static void read_text(struct uh_lexer *lexer, struct uh_token *token)
{
	char quote = *lexer->at++;

	while (peek(lexer, 0) != quote) {
		if (peek(lexer, 0) < 0 || peek(lexer, 0) == '\n') {
			place_token(lexer, token);
			uh_fault(lexer->config, token->line,
				 "text is never closed; expected %c", quote);
			token->kind = UH_TOKEN_BROKEN;
			return;
		}
		if (quote == '"')
			double_quoted(lexer, token);
		if (*lexer->at++ == '\\' && lexer->at < lexer->end)
			advance(lexer);
	}
	lexer->at++;
	token->kind = UH_TOKEN_TEXT;
}

/*
 * In a word without quotes libconfuse drops "*" and "+", and its versions disagree about "//".
 */
static bool needs_quotes(const struct uh_lexer *lexer)
{
	int c = peek(lexer, 0), next = peek(lexer, 1);

	return c == '*' || c == '+' || (c == '/' && (next == '/' || next == '*'));
}

static void read_word(struct uh_lexer *lexer, struct uh_token *token)
{
	bool quote = false;

	token->kind = UH_TOKEN_WORD;
	for (; !ends_word(peek(lexer, 0)); lexer->at++) {
		if (peek(lexer, 0) == '+' && peek(lexer, 1) == '=')
			break;
		quote |= needs_quotes(lexer);
		if (peek(lexer, 0) == '$' && peek(lexer, 1) == '{') {
			variable_fault(lexer, token);
			while (peek(lexer, 1) != '\n' && peek(lexer, 1) >= 0 &&
			       *lexer->at != '}')
				lexer->at++;
		}
	}
	if (!quote)
		return;
	place_token(lexer, token);
	uh_fault(lexer->config, token->line, "%.*s without quotes; expected \"%.*s\"",
		 (int)(lexer->at - token->start), token->start, (int)(lexer->at - token->start),
		 token->start);
	token->faulty = true;
}

/* Only "+=" is a mark that begins with "+"; any other "+" belongs to a word (needs_quotes). */
static void read_token(struct uh_lexer *lexer, struct uh_token *token)
{
	int c = peek(lexer, 0);

	if (c < 0)
		token->kind = UH_TOKEN_END;
	else if (c == '"' || c == '\'')
		read_text(lexer, token);
	else if (c == '+' && peek(lexer, 1) == '=') {
		token->kind = UH_TOKEN_APPEND;
		lexer->at += 2;
	} else if (ends_word(c)) {
		token->kind = c;
		lexer->at++;
	} else
		read_word(lexer, token);
}

void uh_token_next(struct uh_lexer *lexer, struct uh_token *token)
{
	bool closed = skip_to_token(lexer);

	*token = (struct uh_token){.kind = UH_TOKEN_BROKEN,
				   .start = lexer->at,
				   .line = lexer->line,
				   .line_start = lexer->line_start};
	if (!closed)
		return;
	read_token(lexer, token);
	token->length = (size_t)(lexer->at - token->start);
	if (token->length <= UH_TOKEN_MAX || token->kind == UH_TOKEN_BROKEN)
		return;
	/*
	 * libconfuse's buffers grow in small steps, so an absurdly long token would also be
	 * slow.
	 */
	place_token(lexer, token);
	if (!token->faulty)
		uh_fault(lexer->config, token->line, "text of %zu bytes; expected at most %d",
			 token->length, UH_TOKEN_MAX);
	token->faulty = true;
}
