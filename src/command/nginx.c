/* SPDX-License-Identifier: MIT */
/* nginx.c: the listen directives of a configuration of nginx's. */
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "services.h"

enum { DEEPEST = 16, MOST_WORDS = 32, WORD = 512 };

/* A configuration, over all its files. */
struct walk {
	struct uh_services *services;
	const char *prefix;
	char directory[PATH_MAX]; /* of the first file: includes are relative to it */
	unsigned files;		  /* that include each other */
	size_t service;		  /* the server block, one more than its index; 0: outside */
	unsigned depth;		  /* of blocks within that */
	bool tls;		  /* "ssl on" is in it */
};

/* One file, and the directive that is being read. */
struct reader {
	struct walk *walk;
	FILE *file;
	const char *name;
	unsigned line;
	char word[MOST_WORDS][WORD];
	unsigned words;
};

static void read_file(struct walk *walk, const char *name);

static int next_byte(struct reader *reader)
{
	int byte = getc(reader->file);

	reader->line += byte == '\n';
	return byte;
}

/* The first byte that is neither blank nor comment, or EOF. */
static int skip(struct reader *reader)
{
	int byte = next_byte(reader);

	while (byte == '#' || (byte != EOF && strchr(" \t\r\n", byte))) {
		while (byte == '#')
			do
				byte = next_byte(reader);
			while (byte != '\n' && byte != EOF);
		if (byte != EOF)
			byte = next_byte(reader);
	}
	return byte;
}

/* Reads a word from its first byte on, with or without quotes; its end is put back. */
static void read_word(struct reader *reader, int byte, char *word)
{
	int quote = byte == '"' || byte == '\'' ? byte : 0;
	size_t length = 0;

	if (quote)
		byte = next_byte(reader);
	while (byte != EOF && (quote ? byte != quote : !strchr(" \t\r\n;{", byte))) {
		if (byte == '\\')
			byte = next_byte(reader);
		if (byte != EOF && length + 1 < WORD)
			word[length++] = (char)byte;
		byte = next_byte(reader);
	}
	word[length] = '\0';
	if (!quote && byte != EOF) {
		ungetc(byte, reader->file);
		reader->line -= byte == '\n';
	}
}

/* Reads a directive's words up to its ; or {, or up to a } that ends a block: the byte, or EOF.
 */
static int read_directive(struct reader *reader)
{
	static char surplus[WORD];
	int byte;

	reader->words = 0;
	while ((byte = skip(reader)) != EOF && !strchr(";{}", byte))
		read_word(reader, byte,
			  reader->words < MOST_WORDS ? reader->word[reader->words++] : surplus);
	return byte;
}

static struct uh_service *current(const struct walk *walk)
{
	return &walk->services->service[walk->service - 1];
}

/* "listen ADDRESS OPTION…;" HTTP/3 listens for UDP. */
static void take_listen(struct reader *reader)
{
	unsigned flags = 0;

	for (unsigned i = 2; i < reader->words; i++) {
		const char *word = reader->word[i];

		if (strcmp(word, "ssl") == 0)
			flags |= UH_BIND_TLS;
		else if (strcmp(word, "proxy_protocol") == 0)
			flags |= UH_BIND_PROXY;
		else if (strcmp(word, "default_server") == 0)
			flags |= UH_BIND_DEFAULT;
		else if (strcmp(word, "quic") == 0 || strcmp(word, "udp") == 0)
			return;
	}
	if (reader->words > 1)
		uh_bind_add(reader->walk->services, current(reader->walk), reader->word[1],
			    flags);
}

static void include(struct walk *walk, const char *pattern)
{
	char path[3 * PATH_MAX];
	size_t prefix = strlen(walk->prefix);
	glob_t found;

	snprintf(path, sizeof(path), "%s%s%s", walk->prefix,
		 pattern[0] == '/' ? "" : walk->directory, pattern);
	int status = glob(path, 0, NULL, &found);

	/* A pattern may match nothing; a name must be there. */
	if (status == GLOB_NOMATCH)
		walk->services->unreadable |= !strpbrk(pattern, "*?[");
	else if (status != 0)
		walk->services->unreadable = true;
	for (size_t i = 0; status == 0 && i < found.gl_pathc; i++)
		read_file(walk, found.gl_pathv[i] + prefix);
	if (status == 0)
		globfree(&found);
}

/* "deny all" is a rule for everybody. */
static bool is_by_address(const struct reader *reader)
{
	const char *name = reader->words ? reader->word[0] : "";

	if (strcmp(name, "allow") == 0 || strcmp(name, "deny") == 0)
		return reader->words > 1 && strcmp(reader->word[1], "all") != 0;
	if (strcmp(name, "geo") == 0)
		return true;
	if (strcmp(name, "if") != 0 && strcmp(name, "map") != 0 &&
	    strcmp(name, "split_clients") != 0)
		return false;
	for (unsigned i = 1; i < reader->words; i++)
		if (strstr(reader->word[i], "remote_addr"))
			return true;
	return false;
}

static void note_rule(struct reader *reader)
{
	struct walk *walk = reader->walk;

	if (!is_by_address(reader))
		return;
	if (walk->service)
		current(walk)->by_address = true;
	else
		walk->services->by_address = true;
}

/* A directive that ends in a semicolon. */
static void take_directive(struct reader *reader)
{
	struct walk *walk = reader->walk;
	const char *name = reader->words ? reader->word[0] : "";

	if (strcmp(name, "include") == 0 && reader->words > 1)
		include(walk, reader->word[1]);
	else if (!walk->service || walk->depth)
		return;
	else if (strcmp(name, "listen") == 0)
		take_listen(reader);
	else if (strcmp(name, "ssl") == 0 && reader->words > 1)
		walk->tls = strcmp(reader->word[1], "on") == 0;
}

static void open_block(struct reader *reader)
{
	struct walk *walk = reader->walk;

	if (walk->service) {
		walk->depth++;
	} else if (reader->words == 1 && strcmp(reader->word[0], "server") == 0 &&
		   uh_service_add(walk->services, reader->name, reader->line)) {
		walk->service = walk->services->count;
		walk->tls = false;
	}
}

/* A server block without a listen directive listens at port 80. */
static void close_block(struct walk *walk)
{
	if (!walk->service)
		return;
	if (walk->depth) {
		walk->depth--;
		return;
	}
	if (current(walk)->binds == 0)
		uh_bind_add(walk->services, current(walk), "80", 0);
	for (size_t i = 0; walk->tls && i < current(walk)->binds; i++)
		current(walk)->bind[i].flags |= UH_BIND_TLS;
	walk->service = 0;
}

static void read_stream(struct reader *reader)
{
	int end;

	while ((end = read_directive(reader)) != EOF && !reader->walk->services->no_memory) {
		note_rule(reader);
		if (end == ';')
			take_directive(reader);
		else if (end == '{')
			open_block(reader);
		else
			close_block(reader->walk);
	}
}

static void read_file(struct walk *walk, const char *name)
{
	char path[2 * PATH_MAX];
	struct reader *reader = calloc(1, sizeof(*reader));

	snprintf(path, sizeof(path), "%s%s", walk->prefix, name);
	FILE *file = reader && walk->files < DEEPEST ? fopen(path, "re") : NULL;

	walk->services->unreadable |= !file;
	if (file) {
		*reader = (struct reader){.walk = walk, .file = file, .name = name, .line = 1};
		walk->files++;
		read_stream(reader);
		walk->files--;
		fclose(file);
	}
	free(reader);
}

void uh_services_nginx(struct uh_services *services, const char *prefix, const char *file)
{
	struct walk walk = {.services = services, .prefix = prefix};
	const char *slash = strrchr(file, '/');

	if (file[0] != '/' || strlen(file) >= sizeof(walk.directory)) {
		services->unreadable = true;
		return;
	}
	memcpy(walk.directory, file, (size_t)(slash - file) + 1);
	read_file(&walk, file);
}
