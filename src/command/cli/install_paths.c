/* SPDX-License-Identifier: MIT */
/* install_paths.c: finds the preload object, in the build directory or installed. */
#include "install_paths.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"

#define OBJECT "libunhairpin.so"

/* Stores the directory of this program, without a final slash. */
static bool own_directory(char directory[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", directory, PATH_MAX - 1);

	if (length <= 0)
		return false;
	directory[length] = '\0';
	char *slash = strrchr(directory, '/');
	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

/*
 * Stores directory/name. Returns false if that is too long, because a cut path could name
 * another file.
 */
static bool join(char path[PATH_MAX], const char *directory, const char *name)
{
	int length = snprintf(path, PATH_MAX, "%s/%s", directory, name);

	return length > 0 && length < PATH_MAX;
}

/*
 * A build directory has the command and the object side by side. An installation that was
 * moved, or that was built for another PREFIX, has the object in ../lib.
 */
static const char *object_directory(void)
{
	static const char *const beside[] = {"", "/../lib"};
	static char directory[PATH_MAX], candidate[PATH_MAX];
	char path[PATH_MAX];

	if (!own_directory(directory))
		return UH_LIBDIR;
	for (size_t i = 0; i < sizeof(beside) / sizeof(*beside); i++)
		if (join(path, directory, beside[i] + (i > 0)) && realpath(path, candidate) &&
		    join(path, candidate, OBJECT) && access(path, F_OK) == 0)
			return candidate;
	return UH_LIBDIR;
}

const char *uh_installed_object_path(void)
{
	static char path[PATH_MAX];
	const char *directory = object_directory();

	if (!join(path, directory, OBJECT))
		uh_error("%s/" OBJECT ": %s", directory, strerror(ENAMETOOLONG));
	else if (access(path, R_OK) == 0)
		return path;
	else
		uh_error("%s: %s; expected the preload object there or beside this command",
			 path, strerror(errno));
	return NULL;
}

char *uh_absolute_path(const char *path)
{
	char directory[PATH_MAX], *absolute = NULL;

	/*
	 * Symbolic links are not resolved: if one is switched later, running programs must
	 * notice.
	 */
	if (path[0] == '/')
		absolute = strdup(path);
	else if (getcwd(directory, sizeof(directory)) &&
		 asprintf(&absolute, "%s/%s", directory, path) < 0)
		absolute = NULL;
	if (!absolute)
		uh_error("%s: %s", path, strerror(errno));
	return absolute;
}
