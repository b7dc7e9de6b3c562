/* SPDX-License-Identifier: MIT */
/* trust.c: follows a path link by link and checks every step. */
#include "trust.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_LINKS 40 /* the kernel's limit too: path_resolution(7) */

struct walk {
	const char *root;
	char *at; /* the current place, below root; "" is root itself */
	char *why;
	unsigned links;
};

static bool follow(struct walk *walk, const char *path);

static bool refuse(struct walk *walk, int error, const char *text)
{
	snprintf(walk->why, UH_TRUST_WHY, "%s%s: %s", walk->root, *walk->at ? walk->at : "/",
		 text);
	errno = error;
	return false;
}

static bool check_owner(struct walk *walk, const struct stat *status)
{
	char text[128];

	if (status->st_uid != 0)
		snprintf(text, sizeof(text), "is owned by user %u; expected root",
			 status->st_uid);
	else if (!S_ISLNK(status->st_mode) && (status->st_mode & (S_IWGRP | S_IWOTH)))
		snprintf(text, sizeof(text),
			 "is writable by others (mode %04o); expected root alone",
			 status->st_mode & 07777);
	else
		return true;
	return refuse(walk, EPERM, text);
}

static void leave_last(struct walk *walk)
{
	char *slash = strrchr(walk->at, '/');

	if (slash)
		*slash = '\0';
}

static bool follow_link(struct walk *walk, const char *full)
{
	char target[PATH_MAX];
	ssize_t length = readlink(full, target, sizeof(target) - 1);

	if (length < 0)
		return refuse(walk, errno, strerror(errno));
	if (walk->links++ == MOST_LINKS)
		return refuse(walk, ELOOP, strerror(ELOOP));
	target[length] = '\0';
	leave_last(walk);
	return follow(walk, target);
}

static bool check(struct walk *walk)
{
	struct stat status;
	char full[PATH_MAX];

	if (snprintf(full, sizeof(full), "%s%s", walk->root,
		     *walk->at || *walk->root ? walk->at : "/") >= PATH_MAX)
		return refuse(walk, ENAMETOOLONG, strerror(ENAMETOOLONG));
	if (lstat(full, &status) != 0)
		return refuse(walk, errno, strerror(errno));
	if (!check_owner(walk, &status))
		return false;
	return !S_ISLNK(status.st_mode) || !*walk->at || follow_link(walk, full);
}

static bool enter(struct walk *walk, const char *name, size_t length)
{
	size_t have = strlen(walk->at);

	if (length == 1 && name[0] == '.')
		return true;
	if (length == 2 && name[0] == '.' && name[1] == '.') {
		leave_last(walk);
		return true;
	}
	if (have + length + 2 > PATH_MAX)
		return refuse(walk, ENAMETOOLONG, strerror(ENAMETOOLONG));
	snprintf(walk->at + have, PATH_MAX - have, "/%.*s", (int)length, name);
	return check(walk);
}

static bool follow(struct walk *walk, const char *path)
{
	if (*path == '/') {
		*walk->at = '\0';
		if (!check(walk))
			return false;
	}
	for (size_t length; *path; path += length) {
		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (length && !enter(walk, path, length))
			return false;
	}
	return true;
}

bool uh_trusted(const char *root, const char *path, char *resolved, char *why)
{
	struct walk walk = {.root = root, .at = resolved, .why = why};

	return follow(&walk, path);
}
