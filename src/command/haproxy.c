/* SPDX-License-Identifier: MIT */
/* haproxy.c: the bind lines of a configuration of HAProxy's. */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "services.h"

#define BLANKS " \t\r\n"

/* The words that begin a section; what follows belongs to it. */
static bool is_section(const char *word)
{
	static const char *const names[] = {
	    "global",	"defaults", "frontend", "backend", "listen", "peers",	   "resolvers",
	    "userlist", "mailers",  "program",	"cache",   "ring",   "http-errors"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(word, names[i]) == 0)
			return true;
	return false;
}

static unsigned flags_of(char *options)
{
	unsigned flags = 0;
	char *rest = NULL;

	for (char *word = strtok_r(options, BLANKS, &rest); word;
	     word = strtok_r(NULL, BLANKS, &rest)) {
		if (strcmp(word, "ssl") == 0)
			flags |= UH_BIND_TLS;
		else if (strcmp(word, "accept-proxy") == 0)
			flags |= UH_BIND_PROXY;
	}
	return flags;
}

/* "ADDRESS[,ADDRESS]…", each with its kind and an @ before it or without. */
static void add_addresses(struct uh_services *services, struct uh_service *service,
			  char *addresses, unsigned flags)
{
	char text[UH_PATH_MAX + 16], *rest = NULL;

	for (char *one = strtok_r(addresses, ",", &rest); one;
	     one = strtok_r(NULL, ",", &rest)) {
		const char *at = one;

		if (strncmp(at, "unix@", 5) == 0 || strncmp(at, "ipv4@", 5) == 0 ||
		    strncmp(at, "ipv6@", 5) == 0)
			at += 5;
		if (strlen(at) > UH_PATH_MAX)
			continue;
		/* Three colons are any address of IPv6, and a port. */
		snprintf(text, sizeof(text), "%s%s", *at == '/' ? "unix:" : "",
			 strncmp(at, ":::", 3) == 0 ? at + 2 : at);
		uh_bind_add(services, service, text, flags);
	}
}

/* "src" is what HAProxy's rules call the client's address. */
static bool is_by_address(char *rest)
{
	char *next = NULL;

	for (char *word = strtok_r(rest, BLANKS "{}(),", &next); word;
	     word = strtok_r(NULL, BLANKS "{}(),", &next))
		if (strcmp(word, "src") == 0)
			return true;
	return false;
}

/* Cuts a line into its first word, and its second; what follows is left in *rest. */
static void read_line(struct uh_services *services, struct uh_service **service,
		      const char *file, unsigned number, char *line)
{
	char *rest = NULL, *word, *argument;

	line[strcspn(line, "#")] = '\0';
	word = strtok_r(line, BLANKS, &rest);
	if (!word)
		return;
	if (is_section(word)) {
		*service = uh_service_add(services, file, number);
		return;
	}
	argument = strcmp(word, "bind") == 0 ? strtok_r(NULL, BLANKS, &rest) : NULL;
	if (argument && *service)
		add_addresses(services, *service, argument, flags_of(rest));
	else if (is_by_address(rest))
		services->by_address = true; /* a backend's rules are those of its frontends */
}

static void read_file(struct uh_services *services, const char *prefix, const char *name)
{
	char line[4096], path[PATH_MAX];
	struct uh_service *service = NULL;
	unsigned number = 0;

	snprintf(path, sizeof(path), "%s%s", prefix, name);
	FILE *file = name[0] == '/' ? fopen(path, "re") : NULL;

	services->unreadable |= !file;
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

/* -f takes a directory too: its *.cfg in the order of their names. */
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
