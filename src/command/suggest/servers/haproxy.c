/* SPDX-License-Identifier: MIT */
/* haproxy.c: reads the bind lines of HAProxy's configuration. */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "servers.h"

enum { LINE = 4096 };

#define BLANKS " \t\r\n"

/* True for a word that begins a section. */
static bool is_section(const char *word)
{
	static const char *const names[] = {
	    "global",	"defaults", "frontend", "backend", "listen", "peers",	    "resolvers",
	    "userlist", "mailers",  "program",	"cache",   "ring",   "http-errors", NULL};

	return uh_word_is_one_of(word, names);
}

/* Reads the options of a bind line. Options that only concern the kernel or a name are skipped
 * with their values. */
static struct uh_bind read_options(struct uh_services *services, char *options)
{
	static const char *const harmless[] = {"tfo",  "defer-accept", "transparent",
					       "v4v6", "v6only",       NULL};
	static const char *const with_value[] = {
	    "mode", "user", "group", "uid",	"gid",	  "name",   "id",     "backlog",
	    "nice", "mss",  "level", "process", "thread", "shards", "tcp-ut", NULL};
	struct uh_bind bind = {0};
	char *rest = NULL;

	for (char *word = strtok_r(options, BLANKS, &rest); word;
	     word = strtok_r(NULL, BLANKS, &rest)) {
		if (strcmp(word, "ssl") == 0)
			bind.flags |= UH_BIND_TLS;
		else if (strcmp(word, "accept-proxy") == 0)
			bind.flags |= UH_BIND_PROXY;
		else if (uh_word_is_one_of(word, with_value))
			strtok_r(NULL, BLANKS, &rest);
		else if (!uh_word_is_one_of(word, harmless) &&
			 !uh_bind_option(services, &bind, word))
			break;
	}
	return bind;
}

/* Adds "ADDRESS[,ADDRESS]…". Each address may have its family and an @ before it. */
static void add_addresses(struct uh_services *services, struct uh_service *service,
			  char *addresses, const struct uh_bind *like)
{
	char text[UH_PATH_MAX + 16], *rest = NULL;

	for (char *one = strtok_r(addresses, ",", &rest); one;
	     one = strtok_r(NULL, ",", &rest)) {
		const char *at = one;

		if (strncmp(at, "unix@", 5) == 0 || strncmp(at, "ipv4@", 5) == 0 ||
		    strncmp(at, "ipv6@", 5) == 0)
			at += 5;
		if (strlen(at) > UH_PATH_MAX) {
			services->unreadable = true;
			continue;
		}
		/* ":::PORT" is the IPv6 wildcard address with a port. */
		snprintf(text, sizeof(text), "%s%s", *at == '/' ? "unix:" : "",
			 strncmp(at, ":::", 3) == 0 ? at + 2 : at);
		uh_bind_add(services, service, text, like);
	}
}

/* True if a rule looks at the client's or the server's address, which HAProxy's words with
 * these beginnings do. A script or an agent counts too, because its rules cannot be read. */
static bool is_by_address(char *rest)
{
	static const char *const beginnings[] = {"src",	   "dst",  "so_id", "so_name", "fc_",
						 "ssl_fc", "lua.", "spoe",  NULL};
	char *next = NULL;

	for (char *word = strtok_r(rest, BLANKS "{}()[],!%\"'\\", &next); word;
	     word = strtok_r(NULL, BLANKS "{}()[],!%\"'\\", &next))
		if (uh_word_begins_with_one_of(word, beginnings))
			return true;
	return false;
}

static void read_bind(struct uh_services *services, struct uh_service *service, char *rest)
{
	/* This reader does not expand quotes and variables. */
	services->unreadable |= strpbrk(rest, "\"'\\$") != NULL;
	char *next = NULL, *addresses = strtok_r(rest, BLANKS, &next);
	struct uh_bind bind = read_options(services, next);

	if (addresses)
		add_addresses(services, service, addresses, &bind);
}

/* Handles one line by its first word: a section, a bind, or a rule. */
static void read_line(struct uh_services *services, struct uh_service **service,
		      const char *file, unsigned number, char *line)
{
	char *rest = NULL, *word;

	/* Lines that are too long, lines with conditions (".if") and a # in quotes are not
	 * understood. */
	services->unreadable |= strlen(line) + 1 == LINE || line[0] == '.';
	char *comment = strchr(line, '#');

	if (comment) {
		*comment = '\0';
		services->unreadable |= strpbrk(line, "\"'\\") != NULL;
	}
	word = strtok_r(line, BLANKS, &rest);
	if (!word)
		return;
	if (is_section(word)) {
		*service = uh_service_add(services, file, number);
		return;
	}
	if (strcmp(word, "bind") == 0 && *service)
		read_bind(services, *service, rest);
	else if (strncmp(word, "log-format", 10) != 0 && is_by_address(rest))
		services->by_address = true; /* for all: a backend serves several frontends */
}

static void read_file(struct uh_services *services, const char *prefix, const char *name)
{
	char line[LINE], path[PATH_MAX];
	struct uh_service *service = NULL;
	unsigned number = 0;

	snprintf(path, sizeof(path), "%s%s", prefix, name);
	FILE *file = name[0] == '/' ? fopen(path, "re") : NULL;

	services->unreadable |= !file;
	if (file)
		uh_services_note_file(services, fileno(file));
	while (file && fgets(line, sizeof(line), file) && !services->no_memory)
		read_line(services, &service, name, ++number, line);
	if (file)
		fclose(file);
}

static int is_configuration(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot && strcmp(dot, ".cfg") == 0;
}

/* -f FILE may name a directory: HAProxy reads its *.cfg files in the order of their names. */
void uh_services_haproxy(struct uh_services *services, const char *prefix, const char *file)
{
	char path[PATH_MAX], name[PATH_MAX];
	struct dirent **entries;

	snprintf(path, sizeof(path), "%s%s", prefix, file);
	int count = scandir(path, &entries, is_configuration, alphasort);

	if (count < 0)
		read_file(services, prefix, file);
	for (int i = 0; i < count; i++) {
		int length = snprintf(name, sizeof(name), "%s/%s", file, entries[i]->d_name);

		if (length > 0 && length < (int)sizeof(name))
			read_file(services, prefix, name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}
