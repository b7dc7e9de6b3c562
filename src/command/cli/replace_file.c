/* SPDX-License-Identifier: MIT */
/* replace_file.c: writes a temporary file, and renames it. */
#include "replace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"

static bool fail(const struct uh_replacement *replacement, int error)
{
	uh_error("%s: cannot be written: %s", replacement->path, strerror(error));
	return false;
}

/* A device or a link, such as /dev/stdout, must not be replaced. */
bool uh_replacement_begin(struct uh_replacement *replacement, const char *path)
{
	char *name = replacement->temporary;
	struct stat status;
	int fd;

	replacement->path = path;
	if (lstat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
		uh_error("%s: is not a regular file; expected one, or a new name", path);
		return false;
	}
	if (snprintf(name, PATH_MAX, "%s.XXXXXX", path) >= PATH_MAX)
		return fail(replacement, ENAMETOOLONG);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return fail(replacement, errno);
	replacement->stream = fdopen(fd, "w");
	if (replacement->stream)
		return true;
	close(fd);
	unlink(name);
	return fail(replacement, ENOMEM);
}

bool uh_replacement_end(struct uh_replacement *replacement, bool good)
{
	FILE *stream = replacement->stream;
	bool written =
	    fflush(stream) == 0 && !ferror(stream) && fchmod(fileno(stream), 0644) == 0;
	int error = errno;

	if (fclose(stream) != 0 && written) {
		written = false;
		error = errno;
	}
	if (good && written && rename(replacement->temporary, replacement->path) != 0) {
		written = false;
		error = errno;
	}
	if (good && written)
		return true;
	unlink(replacement->temporary);
	return good ? fail(replacement, error) : false;
}
