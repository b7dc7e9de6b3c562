/* SPDX-License-Identifier: MIT */
/* preload_file.c: reads and replaces /etc/ld.so.preload. */
#include "preload_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/cli/diag.h"
#include "command/inspect/trust.h"
#include "base/write_all.h"

#define NAME "ld.so.preload"
/* One fixed name, so that a file left by a crash is overwritten the next time. */
#define NEW_NAME "." NAME ".unhairpin"

/*
 * A longer file is not a preload list: this is enough for a line for every program of a
 * machine.
 */
#define MOST_BYTES (1 << 20)

static bool fail(const struct uh_preload_file *file, const char *what)
{
	uh_error("%s: %s: %s", file->path, what, strerror(errno));
	return false;
}

static bool open_directory(struct uh_preload_file *file, const char *root, bool for_reading)
{
	char resolved[PATH_MAX], why[UH_TRUST_WHY];
	bool good = uh_trusted(root, "/etc", resolved, why);

	if (!good && !(for_reading && errno == EPERM)) {
		uh_error("%s", why);
		return false;
	}
	if (asprintf(&file->etc, "%s%s", root, good ? resolved : "/etc") < 0)
		return fail(file, "its directory cannot be opened");
	file->directory = open(file->etc, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file->directory < 0 || (!for_reading && flock(file->directory, LOCK_EX) != 0))
		return fail(file, "its directory cannot be opened");
	return true;
}

static bool check(const struct uh_preload_file *file, const struct stat *status,
		  bool for_reading)
{
	if (!S_ISREG(status->st_mode))
		uh_error("%s: expected a regular file", file->path);
	else if (status->st_size > MOST_BYTES)
		uh_error("%s: larger than %d bytes; expected a list of objects", file->path,
			 MOST_BYTES);
	else if (!for_reading && status->st_uid != 0)
		uh_error("%s: is owned by user %u; expected root", file->path, status->st_uid);
	else if (!for_reading && (status->st_mode & (S_IWGRP | S_IWOTH)))
		uh_error("%s: is writable by others (mode %04o); expected root alone",
			 file->path, status->st_mode & 07777);
	else
		return true;
	return false;
}

static bool read_all(struct uh_preload_file *file, int fd, size_t size)
{
	ssize_t part = 1;

	file->text = calloc(1, size + 1);
	while (file->text && part > 0 && file->size < size) {
		part = read(fd, file->text + file->size, size - file->size);
		file->size += part > 0 ? (size_t)part : 0;
	}
	return (file->text && part >= 0) || fail(file, "cannot be read");
}

static bool read_file(struct uh_preload_file *file, bool for_reading)
{
	struct stat status;
	int fd = openat(file->directory, NAME,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return read_all(file, fd, 0);
	if (fd < 0 && errno == ELOOP) {
		uh_error("%s: a symbolic link; expected a regular file", file->path);
		return false;
	}
	if (fd < 0 || fstat(fd, &status) != 0) {
		fail(file, "cannot be opened");
		if (fd >= 0)
			close(fd);
		return false;
	}
	bool good =
	    check(file, &status, for_reading) && read_all(file, fd, (size_t)status.st_size);
	close(fd);
	return good;
}

bool uh_preload_file_open(struct uh_preload_file *file, const char *root, bool for_reading)
{
	*file = (struct uh_preload_file){.directory = -1};
	if (asprintf(&file->path, "%s/etc/" NAME, root) < 0) {
		uh_error("%s", strerror(errno));
		return false;
	}
	if (open_directory(file, root, for_reading) && read_file(file, for_reading))
		return true;
	uh_preload_file_close(file);
	return false;
}

/* Writes the new file to disk under a name that ld.so does not read. */
static bool write_new(const struct uh_preload_file *file, const char *text, size_t size)
{
	unlinkat(file->directory, NEW_NAME, 0);
	int fd = openat(file->directory, NEW_NAME,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return false;
	bool good = uh_write_all(fd, text, size) && fchown(fd, 0, 0) == 0 &&
		    fchmod(fd, 0644) == 0 && fsync(fd) == 0;
	int error = errno;
	if (close(fd) != 0 && good)
		return false;
	errno = error;
	return good;
}

bool uh_preload_file_write(const struct uh_preload_file *file, const char *text, size_t size)
{
	bool good;

	if (size == 0) {
		good = unlinkat(file->directory, NAME, 0) == 0 || errno == ENOENT;
	} else {
		good = write_new(file, text, size) &&
		       renameat(file->directory, NEW_NAME, file->directory, NAME) == 0;
		int error = errno;
		if (!good)
			unlinkat(file->directory, NEW_NAME, 0);
		errno = error;
	}
	if (!good)
		return fail(file, "cannot be written");
	/* Best effort: some file systems cannot sync a directory. */
	fsync(file->directory);
	return true;
}

void uh_preload_file_close(struct uh_preload_file *file)
{
	if (file->directory >= 0)
		close(file->directory);
	free(file->path);
	free(file->etc);
	free(file->text);
}
