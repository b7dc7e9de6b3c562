/* SPDX-License-Identifier: MIT */
/* nginx.c: reads the listen directives of nginx's configuration. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "servers.h"

enum { DEEPEST = 16, MOST_WORDS = 32, WORD = 2048 };

/* The state of the walk over all files of a configuration. */
struct walk {
	struct uh_services *services;
	const char *prefix;
	char directory[PATH_MAX]; /* directory of the first file: includes are relative to it */
	unsigned files;		  /* depth of files that include each other */
	size_t service;		  /* index of the current server block plus one; 0: outside */
	unsigned depth;		  /* depth of blocks inside the server block */
	bool tls;		  /* the server block has "ssl on" */
};

/* One file and its current directive. */
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

/* Reads a word, quoted or not, whose first byte is byte. The byte that ends an unquoted word is
 * pushed back. */
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
		else
			reader->walk->services->unreadable = true;
		byte = next_byte(reader);
	}
	word[length] = '\0';
	if (!quote && byte != EOF) {
		ungetc(byte, reader->file);
		reader->line -= byte == '\n';
	}
}

/* Reads the words of a directive. Returns the byte that ends it (";" or "{"), "}" at the end of
 * a block, or EOF. */
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

/* True for an option of listen that only concerns the kernel, and makes no difference to
 * clients. */
static bool is_harmless_option(const char *word)
{
	static const char *const names[] = {
	    "backlog=",	 "rcvbuf=",   "sndbuf=",  "fastopen=",	    "setfib=", "so_keepalive=",
	    "ipv6only=", "reuseport", "deferred", "accept_filter=", "bind",    NULL};

	return uh_word_begins_with_one_of(word, names);
}

/* Adds the bind of "listen ADDRESS OPTION…;", unless it is for UDP, as HTTP/3 is. */
static void take_listen(struct reader *reader)
{
	struct uh_services *services = reader->walk->services;
	struct uh_bind bind = {0};

	for (unsigned i = 2; i < reader->words; i++) {
		const char *word = reader->word[i];

		if (strcmp(word, "ssl") == 0)
			bind.flags |= UH_BIND_TLS;
		else if (strcmp(word, "proxy_protocol") == 0)
			bind.flags |= UH_BIND_PROXY;
		else if (strcmp(word, "default_server") == 0 || strcmp(word, "default") == 0)
			bind.flags |= UH_BIND_DEFAULT;
		else if (strcmp(word, "quic") == 0 || strcmp(word, "udp") == 0)
			return;
		else if (!is_harmless_option(word))
			uh_bind_option(services, &bind, word);
	}
	if (reader->words > 1)
		uh_bind_add(services, current(reader->walk), reader->word[1], &bind);
}

/* The time of the directory shows whether a file was added or removed. */
static void note_directory(struct walk *walk, char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash)
		return;
	*slash = '\0';
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	uh_services_note_file(walk->services, fd);
	close(fd);
}

static void include(struct walk *walk, const char *pattern)
{
	char path[3 * PATH_MAX];
	size_t prefix = strlen(walk->prefix);
	glob_t found;

	snprintf(path, sizeof(path), "%s%s%s", walk->prefix,
		 pattern[0] == '/' ? "" : walk->directory, pattern);
	int status = glob(path, 0, NULL, &found);

	/* A pattern may match nothing; a file that is named must exist. */
	if (status == GLOB_NOMATCH)
		walk->services->unreadable |= !strpbrk(pattern, "*?[");
	else if (status != 0)
		walk->services->unreadable = true;
	for (size_t i = 0; status == 0 && i < found.gl_pathc; i++)
		read_file(walk, found.gl_pathv[i] + prefix);
	if (status == 0)
		globfree(&found);
	if (strpbrk(pattern, "*?["))
		note_directory(walk, path);
}

/* True if a word has a variable that holds the client's or the server's address or port. */
static bool has_address(const char *word)
{
	static const char *const names[] = {"remote_addr", "remote_port", "server_addr",
					    "server_port", "realip_",	  "proxy_protocol_",
					    NULL};

	for (size_t i = 0; names[i]; i++)
		if (strstr(word, names[i]))
			return true;
	return false;
}

/* True for a directive that decides nothing, and only passes values on to a log, the client or
 * a backend. */
static bool only_tells(const char *name)
{
	static const char *const names[] = {
	    "log_format",    "access_log",  "error_log",  "add_header",	     "proxy_set_header",
	    "fastcgi_param", "uwsgi_param", "scgi_param", "grpc_set_header", NULL};

	return uh_word_is_one_of(name, names);
}

/* True if a directive looks at addresses. "deny all" does not, because it holds for every
 * client. A script counts as one that does, because its rules cannot be read. */
static bool is_by_address(const struct reader *reader)
{
	static const char *const names[] = {"geo",	 "geoip_country",    "geoip_city",
					    "geoip_org", "set_real_ip_from", "geoip2",
					    "perl",	 "perl_set",	     NULL};
	const char *name = reader->words ? reader->word[0] : "";

	if (strcmp(name, "allow") == 0 || strcmp(name, "deny") == 0)
		return reader->words > 1 && strcmp(reader->word[1], "all") != 0;
	if (uh_word_is_one_of(name, names) || strstr(name, "_by_lua") ||
	    strncmp(name, "js_", 3) == 0)
		return true;
	if (only_tells(name))
		return false;
	for (unsigned i = 0; i < reader->words; i++)
		if (has_address(reader->word[i]))
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

/* Handles a directive that ends with a semicolon. */
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
	const struct uh_bind plain = {0};

	if (!walk->service)
		return;
	if (walk->depth) {
		walk->depth--;
		return;
	}
	if (current(walk)->binds == 0)
		uh_bind_add(walk->services, current(walk), "80", &plain);
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
		uh_services_note_file(walk->services, fileno(file));
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
