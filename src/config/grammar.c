/* SPDX-License-Identifier: MIT */
/*
 * grammar.c: checks the grammar of a configuration before libconfuse parses it.
 *
 * There are two parsers because libconfuse, which reads the values, alone stops at the first
 * fault, but an administrator needs all of them at once. It also skips or stops at unknown
 * options, does not tell where a section began, miscounts lines after long comments, accepts no
 * comment inside a list, and recurses as deep as braces go. So the lexer and this grammar
 * report all faults, and copy the tokens of sound statements, each on its own line; libconfuse
 * sees nothing else. Together the two parsers read 10,000 routes in 20 ms.
 */
#include "grammar.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "config_options.h"
#include "lexer.h"

#define DEPTH_MAX 8 /* nesting of unknown sections, which are skipped recursively */

enum scope { TOP, ROUTE, SKIPPED };

/* token is the next token. All tokens before it were copied to scan->text, up to line. */
struct scanner {
	struct uh_config *config;
	struct uh_scan *scan;
	struct uh_lexer lexer;
	struct uh_token token;
	unsigned line;
	unsigned depth;
	bool bad;		       /* a fault of the current statement was reported */
	bool body_bad;		       /* a statement of the current section was reported */
	unsigned seen[UH_OPTIONS_MAX]; /* the lines of this route's options; 0: not given */
};

/* A state that rewind_to returns to; it removes the tokens copied since. */
struct mark {
	size_t length, routes, values;
	unsigned line;
};

static void rewind_to(struct scanner *s, struct mark mark)
{
	s->scan->length = mark.length;
	s->scan->routes = mark.routes;
	s->scan->values = mark.values;
	s->line = mark.line;
}

/*
 * Copies the token, with a blank or line breaks before it that keep it on its line, and reads
 * the next one.
 */
static void copy_token(struct scanner *s)
{
	struct uh_scan *scan = s->scan;
	const struct uh_token *token = &s->token;

	s->bad |= token->faulty;
	scan->text[scan->length++] = ' ';
	for (; s->line < token->line; s->line++)
		scan->text[scan->length++] = '\n';
	memcpy(scan->text + scan->length, token->start, token->length);
	scan->length += token->length;
	s->line = s->lexer.line;
	uh_token_next(&s->lexer, &s->token);
}

/* Faults are at a token. */
static void place(const struct scanner *s, const struct uh_token *token)
{
	uh_position_set(s->config, uh_token_position(token), token->line);
}

/* Reports a syntax error and returns false. The lexer has already reported a broken token. */
static bool unexpected(const struct scanner *s, const char *expected)
{
	const struct uh_token *token = &s->token;
	int length = token->length < 60 ? (int)token->length : 60;
	char why[UH_WHY];

	place(s, token);
	if (token->kind == UH_TOKEN_WORD && !uh_is_ascii(token->start, token->length, why))
		uh_fault(s->config, token->line, "%s", why);
	else if (token->kind == UH_TOKEN_END)
		uh_fault(s->config, token->line, "unexpected end of the file; expected %s",
			 expected);
	else if (token->kind == UH_TOKEN_TEXT)
		uh_fault(s->config, token->line, "unexpected %.*s; expected %s", length,
			 token->start, expected);
	else if (token->kind != UH_TOKEN_BROKEN)
		uh_fault(s->config, token->line, "unexpected \"%.*s\"; expected %s", length,
			 token->start, expected);
	return false;
}

static bool take(struct scanner *s, int kind, const char *expected)
{
	if (s->token.kind != kind)
		return unexpected(s, expected);
	copy_token(s);
	return true;
}

/* Also records the place of the value, which libconfuse does not tell. */
static bool take_value(struct scanner *s)
{
	struct uh_scan *scan = s->scan;
	struct uh_scan_value *value;

	if (s->token.kind != UH_TOKEN_WORD && s->token.kind != UH_TOKEN_TEXT)
		return unexpected(s, "a value");
	value = uh_array_grow(scan->value, scan->values, sizeof(*value));
	if (!value) {
		uh_fail(s->config, ENOMEM);
		return false;
	}
	scan->value = value;
	value[scan->values++] =
	    (struct uh_scan_value){uh_token_position(&s->token), s->token.line};
	copy_token(s);
	return true;
}

/* Values separated by commas, up to the closing mark. A trailing comma is allowed. */
static bool take_values(struct scanner *s, int closing, const char *expected)
{
	while (s->token.kind != closing) {
		if (!take_value(s))
			return false;
		if (s->token.kind == closing)
			break;
		if (!take(s, ',', expected))
			return false;
	}
	copy_token(s);
	return true;
}

/* Parses "= value", "= {values}" or "+= …". option is NULL for an unknown one. */
static bool assignment(struct scanner *s, const struct uh_config_option *option)
{
	bool append = s->token.kind == UH_TOKEN_APPEND;
	const struct uh_token mark = s->token;

	if (!append && s->token.kind != '=')
		return unexpected(s, "\"=\"");
	copy_token(s);
	if (option && option->form == UH_FORM_VALUE && (append || s->token.kind == '{')) {
		place(s, &mark);
		uh_fault(s->config, mark.line,
			 "\"%s\" takes one value; expected %s = \"VALUE\"", option->name,
			 option->name);
		s->bad = true;
	}
	if (s->token.kind != '{')
		return take_value(s);
	copy_token(s);
	return take_values(s, '}', "\",\" or \"}\"");
}

static bool function_call(struct scanner *s)
{
	return take(s, '(', "\"(\"") && take_values(s, ')', "\",\" or \")\"");
}

static bool statement(struct scanner *s, enum scope scope);

/*
 * Parses statements up to the closing brace. A missing brace is reported at the line of the
 * opening one.
 */
static bool body(struct scanner *s, enum scope scope, const struct uh_token *opened)
{
	if (s->depth == DEPTH_MAX)
		return unexpected(s, "at most 8 nested sections");
	s->depth++;
	while (s->token.kind != '}') {
		if (s->token.kind == UH_TOKEN_END) {
			place(s, opened);
			uh_fault(s->config, opened->line,
				 "\"{\" is never closed; expected \"}\"");
			return false;
		}
		if (!statement(s, scope))
			return false;
	}
	s->depth--;
	copy_token(s);
	return true;
}

/*
 * Parses route "DESTINATION" { … }. The section is added to scan->route only when it is
 * complete, so that there is exactly one element for each section that libconfuse will see.
 */
static bool route_section(struct scanner *s)
{
	struct uh_scan *scan = s->scan;
	struct uh_scan_route *route = uh_array_grow(scan->route, scan->routes, sizeof(*route));
	const struct uh_token title = s->token;
	struct uh_token opened;

	if (!route) {
		uh_fail(s->config, ENOMEM);
		return false;
	}
	scan->route = route;
	if (s->token.kind != UH_TOKEN_WORD && s->token.kind != UH_TOKEN_TEXT)
		return unexpected(s, "a destination: route \"DESTINATION\" { … }");
	copy_token(s);
	opened = s->token;
	memset(s->seen, 0, sizeof(s->seen));
	s->body_bad = false;
	if (!take(s, '{', "\"{\"") || !body(s, ROUTE, &opened))
		return false;
	scan->route[scan->routes++] =
	    (struct uh_scan_route){title.line, uh_token_position(&title), s->body_bad};
	return true;
}

/* The report lists all known options, because a misspelt one is found by comparison. */
static void unknown_option(struct scanner *s, const struct uh_token *name,
			   const struct uh_config_option *table)
{
	char expected[UH_WHY] = "", word[64], guess[UH_WHY];
	const char *names[UH_OPTIONS_MAX + 1] = {NULL};
	size_t length = 0;

	s->bad = true;
	place(s, name);
	if (!uh_is_ascii(name->start, name->length, expected)) {
		uh_fault(s->config, name->line, "%s", expected);
		return;
	}
	snprintf(word, sizeof(word), "%.*s", name->length < 60 ? (int)name->length : 60,
		 name->start);
	for (size_t i = 0; table[i].name; i++)
		names[i] = table[i].name;
	for (; table->name && length < sizeof(expected); table++)
		length += (size_t)snprintf(expected + length, sizeof(expected) - length, "%s%s",
					   length ? ", " : "", table->name);
	uh_fault(s->config, name->line, "unknown option \"%s\"%s; expected one of %s", word,
		 uh_did_you_mean(word, names, guess), expected);
}

/*
 * Reports an option that is given twice in a route, because the second would replace the first
 * silently. For settings, settings.c does that.
 */
static void check_once(struct scanner *s, const struct uh_token *name,
		       const struct uh_config_option *option)
{
	unsigned *seen = &s->seen[option - uh_route_options];

	if (s->token.kind != '=')
		return;
	if (*seen) {
		place(s, name);
		uh_fault(s->config, name->line,
			 "\"%s\" is given twice, also on line %u; expected once", option->name,
			 *seen);
		s->bad = true;
	} else {
		*seen = name->line;
	}
}

/* Skips what follows the name of an unknown option. */
static bool skip_option(struct scanner *s)
{
	struct uh_token opened;

	if (s->token.kind == '=' || s->token.kind == UH_TOKEN_APPEND)
		return assignment(s, NULL);
	if (s->token.kind == '(')
		return function_call(s);
	/* A section, with or without a title. */
	if (s->token.kind != '{' && !take_value(s))
		return false;
	opened = s->token;
	return take(s, '{', "\"{\" or \"=\"") && body(s, SKIPPED, &opened);
}

static bool known_option(struct scanner *s, const struct uh_config_option *option)
{
	switch (option->form) {
	case UH_FORM_FUNCTION:
		return function_call(s);
	case UH_FORM_SECTION:
		return route_section(s);
	default:
		return assignment(s, option);
	}
}

/* Inside an unknown section any name is accepted: the section itself was reported. */
static bool named_statement(struct scanner *s, enum scope scope)
{
	const struct uh_config_option *table =
	    scope == ROUTE ? uh_route_options : uh_config_options;
	const struct uh_config_option *option = NULL;
	struct uh_token name = s->token;

	if (name.kind != UH_TOKEN_WORD)
		return unexpected(s, "an option");
	if (scope != SKIPPED)
		option = uh_config_option_find(table, name.start, name.length);
	copy_token(s);
	if (!option && scope != SKIPPED && !name.faulty)
		unknown_option(s, &name, table);
	if (!option)
		return skip_option(s);
	if (scope == ROUTE)
		check_once(s, &name, option);
	return known_option(s, option);
}

/*
 * Parses one statement, and removes its tokens if a fault in it was reported. False: a syntax
 * error.
 */
static bool statement(struct scanner *s, enum scope scope)
{
	struct mark mark = {s->scan->length, s->scan->routes, s->scan->values, s->line};
	bool outer = s->bad;
	bool sound;

	s->bad = false;
	sound = named_statement(s, scope);
	if (s->bad || !sound)
		rewind_to(s, mark);
	s->body_bad |= s->bad;
	s->bad = outer;
	return sound;
}

/*
 * A text has no control bytes except blanks and line ends. One report is enough for binary
 * data.
 */
static bool is_text(struct uh_config *config, const char *text, size_t size)
{
	unsigned line = 1;

	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		line += c == '\n';
		if ((c < ' ' && c != '\n' && c != '\t' && c != '\r') || c == 0x7f) {
			uh_fault(config, line, "binary data (byte 0x%02x); expected text", c);
			return false;
		}
	}
	return true;
}

void uh_scan(struct uh_config *config, const char *text, size_t size, struct uh_scan *scan)
{
	struct scanner s = {.config = config,
			    .scan = scan,
			    .lexer = {.config = config,
				      .at = text,
				      .end = text + size,
				      .line = 1,
				      .line_start = text},
			    .line = 1};

	*scan = (struct uh_scan){0};
	/* Some editors write a byte-order mark before UTF-8. */
	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		s.lexer.line_start = s.lexer.at += 3;
	if (!is_text(config, text, size))
		return;
	/* In the worst case every byte is a token, with a blank before it. */
	scan->text = malloc(2 * size + 1);
	if (!scan->text) {
		uh_fail(config, ENOMEM);
		return;
	}
	uh_token_next(&s.lexer, &s.token);
	scan->blank = s.token.kind == UH_TOKEN_END;
	while (s.token.kind != UH_TOKEN_END && statement(&s, TOP))
		;
}

void uh_scan_free(struct uh_scan *scan)
{
	free(scan->text);
	free(scan->route);
	free(scan->value);
}
