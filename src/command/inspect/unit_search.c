/* SPDX-License-Identifier: MIT */
/* unit_search.c: finds the files of a unit in systemd's directories. */
#include "unit_search.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".service"

/*
 * systemd's directories; a unit in an earlier one hides those in later ones: systemd.unit(5),
 * "UNIT FILE LOAD PATH".
 */
static const char *const directories[] = {
    "/etc/systemd/system.control", "/run/systemd/system.control",
    "/run/systemd/transient",	   "/run/systemd/generator.early",
    "/etc/systemd/system",	   "/etc/systemd/system.attached",
    "/run/systemd/system",	   "/run/systemd/system.attached",
    "/run/systemd/generator",	   "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",	   "/lib/systemd/system",
    "/run/systemd/generator.late",
};

/* MOST_NAMES: of one unit. MOST_LINKS: from one name to the next. */
enum {
	DIRECTORIES = sizeof(directories) / sizeof(*directories),
	MOST_NAMES = 16,
	MOST_LINKS = 8
};

struct search {
	const char *root;
	char name[MOST_NAMES][NAME_MAX + 1]; /* the names of the unit; its own is the last */
	size_t names;
	char **drop_in; /* paths, owned */
	size_t drop_ins;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void add_name(struct search *search, const char *name)
{
	for (size_t i = 0; i < search->names; i++)
		if (strcmp(search->name[i], name) == 0)
			return;
	if (search->names < MOST_NAMES)
		snprintf(search->name[search->names++], NAME_MAX + 1, "%s", name);
}

/* Writes "x@.service" for "x@instance.service". Returns false if name is no instance. */
static bool template_of(const char *name, char template[NAME_MAX + 1])
{
	const char *at = strchr(name, '@');

	if (!at || strcmp(at + 1, SUFFIX) == 0)
		return false;
	snprintf(template, NAME_MAX + 1, "%.*s@" SUFFIX, (int)(at - name), name);
	return true;
}

/*
 * Writes "a-b-.service" for "a-b-c.service", and "a-.service" for that. Returns false if name
 * has no such prefix.
 */
static bool prefix_of(const char *name, char prefix[NAME_MAX + 1])
{
	size_t length = strcspn(name, "@");

	if (length > strlen(name) - strlen(SUFFIX))
		length = strlen(name) - strlen(SUFFIX);
	while (length && name[length - 1] == '-')
		length--;
	while (length && name[length - 1] != '-')
		length--;
	snprintf(prefix, NAME_MAX + 1, "%.*s" SUFFIX, (int)length, name);
	return length > 0;
}

/* Finds the first directory that has a file of this name. */
static bool locate(const struct search *search, const char *name, char path[PATH_MAX])
{
	struct stat status;

	for (size_t i = 0; i < DIRECTORIES; i++)
		if (snprintf(path, PATH_MAX, "%s%s/%s", search->root, directories[i], name) <
			PATH_MAX &&
		    lstat(path, &status) == 0)
			return true;
	errno = ENOENT;
	return false;
}

static bool locate_or_template(const struct search *search, const char *name,
			       char path[PATH_MAX])
{
	char template[NAME_MAX + 1];

	return locate(search, name, path) ||
	       (template_of(name, template) && locate(search, template, path));
}

/*
 * Writes the name that a link to target gives the unit. The link of an instance to a template
 * keeps the instance.
 */
static void name_of_link(const char *target, const char *name, char next[NAME_MAX + 1])
{
	const char *base = base_name(target), *at = strchr(base, '@');
	const char *instance = strchr(name, '@');

	if (at && strcmp(at + 1, SUFFIX) == 0 && instance)
		snprintf(next, NAME_MAX + 1, "%.*s%s", (int)(at - base), base, instance);
	else
		snprintf(next, NAME_MAX + 1, "%.*s", NAME_MAX, base);
}

/*
 * Finds the unit's file. A link to a file with another name in these directories makes the name
 * an alias of that name.
 */
static bool find_file(struct search *search, const char *name, char path[PATH_MAX])
{
	char target[PATH_MAX], next[NAME_MAX + 1], other[PATH_MAX];

	if (!locate_or_template(search, name, path))
		return false;
	add_name(search, name);
	for (int links = 0; links < MOST_LINKS; links++) {
		ssize_t length = readlink(path, target, sizeof(target) - 1);

		if (length < 0)
			return true;
		target[length] = '\0';
		name_of_link(target, search->name[search->names - 1], next);
		if (strcmp(next, search->name[search->names - 1]) == 0 ||
		    strcmp(target, "/dev/null") == 0 ||
		    !locate_or_template(search, next, other))
			return true;
		strcpy(path, other);
		add_name(search, next);
	}
	errno = ELOOP;
	return false;
}

/* Adds the other names of the unit: links to its own name. */
static void find_aliases(struct search *search)
{
	char own[NAME_MAX + 1], pattern[PATH_MAX], target[PATH_MAX];
	glob_t found;

	strcpy(own, search->name[search->names - 1]);
	for (size_t i = 0; i < DIRECTORIES; i++) {
		snprintf(pattern, sizeof(pattern), "%s%s/*" SUFFIX, search->root,
			 directories[i]);
		if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
			continue;
		for (size_t j = 0; j < found.gl_pathc; j++) {
			ssize_t length =
			    readlink(found.gl_pathv[j], target, sizeof(target) - 1);

			target[length > 0 ? length : 0] = '\0';
			if (strcmp(base_name(target), own) == 0)
				add_name(search, base_name(found.gl_pathv[j]));
		}
		globfree(&found);
	}
}

/*
 * Adds the drop-ins of a directory, except those whose names a more important directory has.
 */
static void add_directory(struct search *search, const char *directory)
{
	char pattern[PATH_MAX];
	glob_t found;

	if (snprintf(pattern, sizeof(pattern), "%s.d/*.conf", directory) >= PATH_MAX ||
	    glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		size_t j = 0;
		char **list;

		while (j < search->drop_ins &&
		       strcmp(base_name(search->drop_in[j]), base_name(found.gl_pathv[i])) != 0)
			j++;
		if (j < search->drop_ins)
			continue;
		list = realloc(search->drop_in, (search->drop_ins + 1) * sizeof(*list));
		if (!list)
			break;
		search->drop_in = list;
		list[search->drop_ins] = strdup(found.gl_pathv[i]);
		if (!list[search->drop_ins])
			break;
		search->drop_ins++;
	}
	globfree(&found);
}

/*
 * Adds the drop-ins in one of systemd's directories: those of the name, of its template, and of
 * each of its prefixes.
 */
static void add_drop_ins(struct search *search, const char *directory, const char *name)
{
	char path[PATH_MAX], current[NAME_MAX + 1], next[NAME_MAX + 1];

	snprintf(current, sizeof(current), "%s", name);
	for (bool more = true; more;) {
		if (snprintf(path, sizeof(path), "%s%s/%s", search->root, directory, current) <
		    PATH_MAX)
			add_directory(search, path);
		more = template_of(current, next) || prefix_of(current, next);
		strcpy(current, next);
	}
}

static int by_name(const void *one, const void *other)
{
	return strcmp(base_name(*(char *const *)one), base_name(*(char *const *)other));
}

/* Reads the drop-ins. Unreadable ones are skipped, because another user may own them. */
static void read_drop_ins(struct search *search, struct uh_unit *unit)
{
	if (search->drop_ins)
		qsort(search->drop_in, search->drop_ins, sizeof(*search->drop_in), by_name);
	for (size_t i = 0; i < search->drop_ins; i++) {
		unit->drop_ins += uh_unit_read_path(unit, search->drop_in[i]);
		free(search->drop_in[i]);
	}
	free(search->drop_in);
}

bool uh_unit_find(struct uh_unit *unit, const char *root, const char *name)
{
	struct search search = {.root = root};
	struct stat status;

	if (strlen(name) > NAME_MAX || strlen(name) <= strlen(SUFFIX)) {
		errno = ENOENT;
		return false;
	}
	if (!find_file(&search, name, unit->path) || stat(unit->path, &status) != 0)
		return false;
	strcpy(unit->name, search.name[search.names - 1]);
	unit->masked = !S_ISREG(status.st_mode) || status.st_size == 0;
	if (!unit->masked && !uh_unit_read_path(unit, unit->path))
		return false;
	find_aliases(&search);
	for (size_t i = 0; i < search.names; i++)
		for (size_t j = 0; j < DIRECTORIES; j++)
			add_drop_ins(&search, directories[j], search.name[i]);
	for (size_t i = 0; i < DIRECTORIES; i++)
		add_drop_ins(&search, directories[i], &SUFFIX[1]);
	read_drop_ins(&search, unit);
	return true;
}

bool uh_unit_add(struct uh_unit *unit, const char *path)
{
	struct search search = {.root = ""};

	if (!uh_unit_read_path(unit, path))
		return false;
	snprintf(unit->path, sizeof(unit->path), "%s", path);
	snprintf(unit->name, sizeof(unit->name), "%s", base_name(path));
	add_directory(&search, path);
	read_drop_ins(&search, unit);
	return true;
}
