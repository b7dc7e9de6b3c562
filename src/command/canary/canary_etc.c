/* SPDX-License-Identifier: MIT */
/* canary_etc.c: gives a few child processes an /etc with another ld.so.preload. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "canary.h"
#include "load/cache.h"

#define PRELOAD "ld.so.preload"
#define PROGRAM "." UH_CANARY_NAME

/* The old /etc (from) and the new one (to, at path). */
struct pair {
	const char *path;
	int from, to;
};

static bool copy_link(const struct pair *pair, const char *name)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(pair->from, name, target, sizeof(target) - 1);

	if (length < 0)
		return false;
	target[length] = '\0';
	return symlinkat(target, pair->to, name) == 0;
}

static bool write_file(int directory, const char *name, const char *text, size_t size)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	bool good = fd >= 0 && write(fd, text, size) == (ssize_t)size && fchmod(fd, 0644) == 0;

	if (fd >= 0)
		close(fd);
	return good;
}

/*
 * Gives the new directory one entry of the old one: a bind mount, or a copy of a symbolic link.
 */
static bool copy_entry(const struct pair *pair, const char *name)
{
	char from[PATH_MAX], to[PATH_MAX];
	struct stat status;

	if (fstatat(pair->from, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT; /* it was removed meanwhile */
	if (S_ISLNK(status.st_mode))
		return copy_link(pair, name);
	if (S_ISDIR(status.st_mode) ? mkdirat(pair->to, name, 0755) != 0
				    : !write_file(pair->to, name, "", 0))
		return false;
	if (snprintf(from, sizeof(from), "/proc/self/fd/%d/%s", pair->from, name) >= PATH_MAX ||
	    snprintf(to, sizeof(to), "%s/%s", pair->path, name) >= PATH_MAX)
		return false;
	return mount(from, to, NULL, MS_BIND | MS_REC, NULL) == 0;
}

/* The new directory gets its own ld.so.preload. The test programs need routes even if the
 * machine's routes are switched off. */
static bool is_left_out(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	       strcmp(name, PRELOAD) == 0 || strcmp(name, UH_OFF_NAME) == 0;
}

static bool copy_all(const struct pair *pair)
{
	int copy = fcntl(pair->from, F_DUPFD_CLOEXEC, 0);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	bool good = list;

	while (good && (entry = readdir(list)))
		if (!is_left_out(entry->d_name))
			good = copy_entry(pair, entry->d_name);
	if (list)
		closedir(list);
	return good;
}

/*
 * Copies this command with the set-user-id bit: another user who runs the copy gets its owner's
 * rights.
 */
static bool copy_program(int directory)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = openat(directory, PROGRAM, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	struct stat status;
	bool good = from >= 0 && to >= 0 && fstat(from, &status) == 0 &&
		    sendfile(to, from, NULL, (size_t)status.st_size) == status.st_size &&
		    fchmod(to, 04755) == 0;

	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return good;
}

/* Fills the new directory. Returns a descriptor of the copied command, or -1 with errno. */
static int fill(struct pair *pair, const char *text, size_t size)
{
	int program = -1;

	pair->to = open(pair->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (pair->to < 0)
		return -1;
	if (copy_all(pair) && write_file(pair->to, PRELOAD, text, size) &&
	    copy_program(pair->to))
		program = openat(pair->to, PROGRAM, O_RDONLY | O_CLOEXEC);
	int error = errno;
	close(pair->to);
	errno = error;
	return program;
}

int uh_canary_etc(const char *etc, const char *text, size_t size)
{
	struct pair pair = {.path = etc};
	int program = -1, error;

	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return -1;
	pair.from = open(etc, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (pair.from < 0)
		return -1;
	if (mount("none", etc, "tmpfs", MS_NODEV, "mode=755") == 0) {
		program = fill(&pair, text, size);
		error = errno;
		if (program < 0)
			umount2(etc, MNT_DETACH);
		errno = error;
	}
	close(pair.from);
	return program;
}
