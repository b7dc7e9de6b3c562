/* SPDX-License-Identifier: MIT */
/* sources.c: finds the files to read, in order, and checks that they may be read. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"

static struct uh_substitute *substitute_of(const struct uh_config *config, const char *name)
{
	struct uh_substitute *at = config->request->substitutes;

	while (at && at->path && strcmp(at->path, name) != 0)
		at++;
	if (!at || !at->path)
		return NULL;
	at->used = true;
	return at;
}

void uh_source_add(struct uh_config *config, const char *name, const char *from, unsigned line)
{
	const struct uh_substitute *substitute = substitute_of(config, name);
	struct uh_sources *sources = &config->sources;
	struct uh_source *list = uh_array_grow(sources->list, sources->count, sizeof(*list));
	char *copy = strdup(substitute ? substitute->shown : name);

	if (list)
		sources->list = list;
	if (!list || !copy) {
		free(copy);
		uh_fail(config, ENOMEM);
		return;
	}
	list[sources->count++] =
	    (struct uh_source){.name = copy,
			       .substitute = substitute ? substitute->file : NULL,
			       .from = from,
			       .line = line,
			       .position = config->position};
}

void uh_sources_free(struct uh_sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		free(sources->list[i].name);
		free(sources->list[i].text);
	}
	free(sources->list);
}

/*
 * glob(3) calls on_glob_error for a directory that it cannot read. There is no argument for a
 * context.
 */
static int glob_error;
static int on_glob_error(const char *path, int error)
{
	(void)path;
	if (error != ENOENT && error != ENOTDIR)
		glob_error = error;
	return 0;
}

/*
 * Adds the substitutes that a pattern matches and that sort between two of its matches, or
 * before the first one (after NULL), or behind the last one (before NULL).
 */
static void add_substitutes(struct uh_config *config, unsigned line, const char *pattern,
			    const char *after, const char *before)
{
	const struct uh_substitute *at = config->request->substitutes;

	for (; at && at->path; at++)
		if (fnmatch(pattern, at->path, FNM_PATHNAME | FNM_PERIOD) == 0 &&
		    (!after || strcmp(after, at->path) < 0) &&
		    (!before || strcmp(at->path, before) < 0))
			uh_source_add(config, at->path, config->file, line);
}

/* No match is fine: an empty directory of fragments is the normal case. */
static void add_matches(struct uh_config *config, unsigned line, const char *pattern)
{
	const char *last = NULL;
	glob_t found = {0};
	int result;

	uh_dependency_add_pattern(config, pattern);
	glob_error = 0;
	result = glob(pattern, 0, on_glob_error, &found);
	if (result == GLOB_NOSPACE)
		uh_fail(config, ENOMEM);
	if (glob_error)
		uh_fault(config, line,
			 "%s: cannot be searched: %s; expected readable directories", pattern,
			 strerror(glob_error));
	for (size_t i = 0; result == 0 && i < found.gl_pathc; i++) {
		add_substitutes(config, line, pattern, last, found.gl_pathv[i]);
		last = found.gl_pathv[i];
		uh_source_add(config, last, config->file, line);
	}
	add_substitutes(config, line, pattern, last, NULL);
	globfree(&found);
}

void uh_source_include(struct uh_config *config, unsigned line, const char *pattern)
{
	if (pattern[0] != '/')
		uh_fault(config, line, "include of \"%s\"; expected an absolute path", pattern);
	else if (pattern[strcspn(pattern, "*?[")])
		add_matches(config, line, pattern);
	else
		uh_source_add(config, pattern, config->file, line);
}

int uh_open(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int higher;
	int error;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	error = errno;
	close(fd);
	errno = error;
	return higher;
}

/*
 * Reports a fault of a whole file: at the include() that names it, because that can be changed,
 * or at the main file itself.
 */
static void source_fault(struct uh_config *config, const struct uh_source *source,
			 const char *what)
{
	if (!source->from) {
		uh_fault(config, 0, "%s", what);
		return;
	}
	config->file = source->from;
	uh_position_set(config, source->position, source->line);
	uh_fault(config, source->line, "%s: %s", source->name, what);
	uh_position_set(config, (struct uh_position){NULL, NULL}, 0);
	config->file = source->name;
}

/* A lack of descriptors or memory is not a fault of the configuration. */
static void open_fault(struct uh_config *config, const struct uh_source *source, int error)
{
	char text[UH_WHY];

	if (error == EMFILE || error == ENFILE || error == ENOMEM) {
		uh_fail(config, error);
		return;
	}
	if (error == ENOENT && !source->from && config->request->optional)
		return;
	snprintf(text, sizeof(text), "cannot be opened: %s; expected a readable configuration",
		 strerror(error));
	source_fault(config, source, text);
}

/*
 * The owner of the configuration decides where every program connects to, so only trusted
 * owners are accepted.
 */
static bool check_owner(struct uh_config *config, const struct uh_source *source,
			const struct stat *status)
{
	const struct uh_parse_request *request = config->request;
	struct uh_stamp stamp = uh_stamp_of(status);
	char text[UH_WHY];

	if (!request->check_owner || source->substitute ||
	    uh_stamp_is_trusted(&stamp, request->secure, geteuid()))
		return true;
	if (status->st_mode & UH_STAMP_OPEN)
		snprintf(text, sizeof(text),
			 "is writable by others (mode %03o); expected write permission for its "
			 "owner alone",
			 status->st_mode & 0777);
	else
		snprintf(text, sizeof(text), "is owned by user %u; expected root%s",
			 status->st_uid,
			 request->secure ? "" : " or the user that runs the program");
	source_fault(config, source, text);
	return false;
}

static bool check_kind(struct uh_config *config, const struct uh_source *source,
		       const struct stat *status)
{
	char text[UH_WHY];

	if (S_ISDIR(status->st_mode))
		snprintf(text, sizeof(text), "is a directory; expected a regular file");
	else if (!S_ISREG(status->st_mode))
		snprintf(text, sizeof(text), "is not a regular file; expected one");
	else if (status->st_size >= UH_SOURCE_LIMIT)
		snprintf(text, sizeof(text), "is %lld bytes long; expected less than 10 MiB",
			 (long long)status->st_size);
	else
		return true;
	source_fault(config, source, text);
	return false;
}

/* Compares device and inode, because symbolic links and "//" give one file many names. */
static bool read_before(const struct uh_sources *sources, const struct uh_source *source)
{
	for (const struct uh_source *other = sources->list; other < source; other++)
		if (other->device == source->device && other->inode == source->inode)
			return true;
	return false;
}

/*
 * The size in stat(2) is not trusted: it is 0 in /proc, and the file may grow meanwhile.
 * Untouched memory costs nothing, so the buffer has room for the largest file.
 */
static char *read_all(struct uh_config *config, const struct uh_source *source, int fd,
		      size_t *size)
{
	char *text = malloc(UH_SOURCE_LIMIT + 1);
	ssize_t got = text ? 1 : -1;
	char why[UH_WHY];

	for (*size = 0; got > 0 && *size<UH_SOURCE_LIMIT; *size += got> 0 ? (size_t)got : 0)
		got = read(fd, text + *size, UH_SOURCE_LIMIT - *size);
	if (got == 0) {
		char *cut = realloc(text, *size + 1);

		text = cut ? cut : text;
		text[*size] = '\0';
		return text;
	}
	if (!text)
		uh_fail(config, ENOMEM);
	else if (got < 0) {
		snprintf(why, sizeof(why),
			 "cannot be read: %s; expected a readable configuration",
			 strerror(errno));
		source_fault(config, source, why);
	} else
		source_fault(config, source, "grew to 10 MiB while it was read; expected less");
	free(text);
	return NULL;
}

static enum uh_source_kind kind_of(const struct uh_source *source)
{
	return source->from ? UH_SOURCE_FILE : UH_SOURCE_MAIN;
}

/* Checks the open file, so that nobody can exchange the file between check and reading. */
static char *check_and_read(struct uh_config *config, struct uh_source *source, int fd,
			    size_t *size)
{
	struct stat status;

	if (fstat(fd, &status) < 0) {
		open_fault(config, source, errno);
		return NULL;
	}
	uh_dependency_add(config, source->name, kind_of(source), &status);
	source->device = status.st_dev;
	source->inode = status.st_ino;
	if (read_before(&config->sources, source) || !check_kind(config, source, &status) ||
	    !check_owner(config, source, &status))
		return NULL;
	return read_all(config, source, fd, size);
}

const char *uh_source_read(struct uh_config *config, size_t *size)
{
	struct uh_source *source = &config->sources.list[config->sources.next++];
	char *text;
	int fd;

	config->file = source->name;
	fd = uh_open(source->substitute ? source->substitute : source->name);
	if (fd < 0) {
		open_fault(config, source, errno);
		uh_dependency_add_path(config, source->name, kind_of(source));
		return NULL;
	}
	text = check_and_read(config, source, fd, size);
	config->sources.list[config->sources.next - 1].text = text;
	close(fd);
	return text;
}
