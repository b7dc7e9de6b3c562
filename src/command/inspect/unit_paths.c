/* SPDX-License-Identifier: MIT */
/* unit_paths.c: the file system that systemd mounts for a unit. */
#include "unit_paths.h"

#include <string.h>

#include "unit_specifiers.h"

/* A setting that hides paths: those that it lists, or if it is switched on those of paths. */
struct hiding {
	const char *key;
	const char *const *paths;
	const char *word;  /* a value that hides too, but lets other settings mount below */
	bool inaccessible; /* nothing can be mounted below */
};

static const char *const temporary[] = {"/tmp", "/var/tmp", NULL};
static const char *const homes[] = {"/home", "/root", "/run/user", NULL};
static const struct hiding hidings[] = {
    {"PrivateTmp", temporary, "disconnected", false},
    {"ProtectHome", homes, "tmpfs", true},
    {"InaccessiblePaths", NULL, NULL, true},
    {"InaccessibleDirectories", NULL, NULL, true}, /* its name before systemd 231 */
    {"TemporaryFileSystem", NULL, NULL, false},
};

/* Returns the length of directory if path is it, or below it; else 0. */
static size_t depth(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	while (length > 1 && directory[length - 1] == '/')
		length--;
	if (length == 0 || strncmp(path, directory, length) != 0)
		return 0;
	return path[length] == '/' || path[length] == '\0' || length == 1 ? length : 0;
}

/* Returns the longest depth of path below a directory that the assignments of a key list. */
static size_t deepest(const struct uh_unit *unit, const char *key, const char *path)
{
	char word[PATH_MAX];
	const char *value;
	size_t best = 0, found;

	for (size_t i = 0; (value = uh_unit_next(unit, key, &i));)
		while (uh_unit_next_word(unit, &value, word, sizeof(word))) {
			word[strcspn(word, ":")] = '\0';
			found = depth(path, word + strspn(word, "-+"));
			best = found > best ? found : best;
		}
	return best;
}

/* Returns how deep path is in what a setting hides; 0 if the setting doesn't hide it. */
static size_t hidden_depth(const struct uh_unit *unit, const struct hiding *hiding,
			   const char *path)
{
	const char *value = uh_unit_value(unit, hiding->key);
	size_t best = 0, found;

	if (!hiding->paths)
		return deepest(unit, hiding->key, path);
	if (!value || (!uh_unit_is_true(unit, hiding->key) && strcmp(value, hiding->word) != 0))
		return 0;
	for (const char *const *hidden = hiding->paths; *hidden; hidden++) {
		found = depth(path, *hidden);
		best = found > best ? found : best;
	}
	return best;
}

/* Splits "-SOURCE:DESTINATION:OPTIONS". */
static void split_bind(char *word, const char **source, const char **destination)
{
	char *colon = strchr(word, ':');

	*source = word + (*word == '-');
	*destination = *source;
	if (!colon)
		return;
	*colon = '\0';
	*destination = colon + 1;
	colon = strchr(colon + 1, ':');
	if (colon)
		*colon = '\0';
}

/* Finds the bind mount that has path at the greatest depth, and writes the path on this host.
 */
static size_t bound_depth(const struct uh_unit *unit, const char *key, const char *path,
			  char here[PATH_MAX])
{
	char word[PATH_MAX];
	const char *value, *source, *destination;
	size_t best = 0, found;

	for (size_t i = 0; (value = uh_unit_next(unit, key, &i));)
		while (uh_unit_next_word(unit, &value, word, sizeof(word))) {
			split_bind(word, &source, &destination);
			found = depth(path, destination);
			if (found < best || found == 0)
				continue;
			best = found;
			if (snprintf(here, PATH_MAX, "%s%s", strcmp(source, "/") ? source : "",
				     path + (found > 1 ? found : 0)) >= PATH_MAX)
				*here = '\0';
		}
	return best;
}

/* Writes where this host has a path that no setting mounts. */
static void place_below_root(const struct uh_unit *unit, const char *path,
			     struct uh_unit_place *place)
{
	const char *value = uh_unit_value(unit, "RootDirectory");
	char root[PATH_MAX] = "";

	if (uh_unit_value(unit, "RootImage")) {
		place->hidden_by = "RootImage";
		return;
	}
	if (value)
		uh_unit_expand(unit, value + (*value == '-'), root, sizeof(root));
	if (strcmp(root, "/") == 0)
		*root = '\0';
	if (snprintf(place->here, sizeof(place->here), "%s%s", root, path) >=
	    (int)sizeof(place->here))
		*place->here = '\0';
}

void uh_unit_place(const struct uh_unit *unit, const char *path, struct uh_unit_place *place)
{
	char other[PATH_MAX];
	size_t hidden = 0, depth_here, bound, read_only;
	bool inaccessible = false;

	*place = (struct uh_unit_place){.hidden_by = NULL};
	for (size_t i = 0; i < sizeof(hidings) / sizeof(*hidings) && !inaccessible; i++) {
		const char *value = uh_unit_value(unit, hidings[i].key);

		depth_here = hidden_depth(unit, &hidings[i], path);
		inaccessible = depth_here && hidings[i].inaccessible &&
			       !(hidings[i].word && strcmp(value, hidings[i].word) == 0);
		if (depth_here > hidden || inaccessible) {
			hidden = depth_here;
			place->hidden_by = hidings[i].key;
		}
	}
	if (inaccessible)
		return;
	bound = bound_depth(unit, "BindPaths", path, place->here);
	read_only = bound_depth(unit, "BindReadOnlyPaths", path, other);
	if (read_only > bound)
		strcpy(place->here, other);
	if (bound > read_only)
		read_only = bound;
	if (read_only && read_only >= hidden)
		place->hidden_by = NULL;
	else if (place->hidden_by)
		*place->here = '\0';
	else
		place_below_root(unit, path, place);
}

bool uh_unit_forbids_code(const struct uh_unit *unit, const char *path)
{
	size_t forbidden = deepest(unit, "NoExecPaths", path);

	return forbidden && forbidden >= deepest(unit, "ExecPaths", path);
}
