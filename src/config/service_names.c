/* SPDX-License-Identifier: MIT */
/*
 * service_names.c: converts names of services to ports. getservbyname(3) would load and call
 * the modules of nsswitch.conf, so only one file is read; see user_names.c.
 */
#include "service_names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/typo.h"
#include "sources.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define BLANKS " \t\r"

/* One name or alias. The names point into one text, so an earlier line has a lower address. */
struct uh_service_name {
	const char *name;
	uint16_t port;
	bool udp;
};

static int compare_names(const void *a, const void *b)
{
	const struct uh_service_name *first = a, *second = b;
	int order = strcmp(first->name, second->name);

	return order ? order : (first->name > second->name) - (first->name < second->name);
}

static bool add(struct uh_service_names *names, const char *name, uint16_t port, bool udp)
{
	struct uh_service_name *list = uh_array_grow(names->list, names->count, sizeof(*list));

	if (!list)
		return false;
	names->list = list;
	list[names->count++] = (struct uh_service_name){name, port, udp};
	return true;
}

/* Reads "NAME PORT/PROTOCOL [ALIAS]…" (services(5)). Other lines are skipped. */
static bool read_line(struct uh_service_names *names, char *line)
{
	char *rest, *name, *at, *slash, why[UH_WHY];
	bool udp, good = true;
	uint16_t port;

	line[strcspn(line, "#")] = '\0';
	name = strtok_r(line, BLANKS, &rest);
	at = name ? strtok_r(NULL, BLANKS, &rest) : NULL;
	slash = at ? strchr(at, '/') : NULL;
	if (!slash)
		return true;
	*slash++ = '\0';
	udp = strcmp(slash, "udp") == 0;
	if ((!udp && strcmp(slash, "tcp") != 0) || !uh_port_parse(at, at, &port, why))
		return true;
	for (; good && name; name = strtok_r(NULL, BLANKS, &rest))
		good = add(names, name, port, udp);
	return good;
}

/* Returns 0 or the errno value of the failure. */
static int read_file(struct uh_service_names *names, FILE *file)
{
	size_t size = 0;
	char *rest, *line;
	bool good = true;

	errno = 0;
	if (getdelim(&names->text, &size, '\0', file) < 0)
		return errno; /* 0: the file is empty */
	for (line = strtok_r(names->text, "\n", &rest); good && line;
	     line = strtok_r(NULL, "\n", &rest))
		good = read_line(names, line);
	if (!good || !add(names, NULL, 0, false))
		return ENOMEM;
	qsort(names->list, --names->count, sizeof(*names->list), compare_names);
	return 0;
}

static void read_names(struct uh_service_names *names)
{
	int fd = uh_open(UH_SERVICES);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	names->read = true;
	names->error = file ? read_file(names, file) : errno;
	if (file)
		fclose(file);
	else if (fd >= 0)
		close(fd);
}

/* Returns the first entry of the protocol, else the first entry of the name, else NULL. */
static const struct uh_service_name *find(const struct uh_service_names *names,
					  const char *name, bool udp)
{
	const struct uh_service_name *found = NULL;
	size_t low = 0, high = names->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(names->list[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < names->count && strcmp(names->list[low].name, name) == 0; low++) {
		if (names->list[low].udp == udp)
			return &names->list[low];
		if (!found)
			found = &names->list[low];
	}
	return found;
}

/* Splits text, and returns the name of a service that is its port, or NULL. */
static const char *name_in(const char *text, struct uh_parts *parts)
{
	char why[UH_WHY];

	if (strncmp(text, "unix:", 5) == 0 || !uh_parts_split(text, parts, why) ||
	    !parts->ports || !strpbrk(parts->ports, LETTERS) ||
	    parts->ports[strspn(parts->ports, LETTERS "0123456789_+.-*")])
		return NULL;
	return parts->ports;
}

bool uh_has_service_name(const char *text)
{
	struct uh_parts parts;

	return name_in(text, &parts);
}

static void explain(const struct uh_service_names *names, const char *name, const char *text,
		    char *why)
{
	const char *near = NULL;

	if (names->error) {
		uh_because(
		    why,
		    "service \"%.40s\" in \"%.40s\" cannot be looked up: " UH_SERVICES
		    ": %.40s; expected a number from 1 to 65535, or that file, which is in "
		    "the package netbase",
		    name, text, strerror(names->error));
		return;
	}
	if (names->list)
		near = uh_typo_guess(name, names->list, sizeof(*names->list),
				     offsetof(struct uh_service_name, name));
	uh_because(
	    why,
	    "unknown service \"%.40s\" in \"%.60s\"%s%.20s%s; expected a number from 1 to "
	    "65535 or a name in " UH_SERVICES,
	    name, text, near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
}

const char *uh_service_names_replace(struct uh_service_names *names, const char *text,
				     enum uh_protocol protocol, char *numeric, char *why)
{
	const struct uh_service_name *found;
	struct uh_parts parts;
	const char *name = name_in(text, &parts);

	if (!name)
		return text;
	if (!names->read)
		read_names(names);
	found = names->error ? NULL : find(names, name, protocol == UH_UDP);
	if (found) {
		snprintf(numeric, UH_NUMERIC, "%.*s%u", (int)(strlen(text) - strlen(name)),
			 text, found->port);
		return numeric;
	}
	explain(names, name, text, why);
	errno = names->error == ENOMEM ? ENOMEM : EINVAL;
	return NULL;
}

void uh_service_names_free(struct uh_service_names *names)
{
	free(names->text);
	free(names->list);
	*names = (struct uh_service_names){0};
}

char *uh_service_name_replace(const char *text, enum uh_protocol protocol, char *why)
{
	struct uh_service_names names = {0};
	char numeric[UH_NUMERIC], *replaced;
	const char *result = uh_service_names_replace(&names, text, protocol, numeric, why);

	replaced = result ? strdup(result) : NULL;
	if (result && !replaced)
		uh_because(why, "%s", strerror(ENOMEM));
	uh_service_names_free(&names);
	return replaced;
}
