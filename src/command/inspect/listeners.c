/* SPDX-License-Identifier: MIT */
/* listeners.c: reads /proc/net/tcp, tcp6 and unix: proc_net(5). */
#include "listeners.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "command/cli/diag.h"
#include "base/array.h"
#include "ip_sockets.h"

#define UNIX_LISTENING 0x10000u /* SO_ACCEPTCON */

static bool add(struct uh_listeners *listeners, const struct uh_listener *listener)
{
	struct uh_listener *grown =
	    uh_array_grow(listeners->listener, listeners->count, sizeof(*grown));

	if (!grown) {
		uh_error("%s", strerror(errno));
		return false;
	}
	listeners->listener = grown;
	grown[listeners->count++] = *listener;
	return true;
}

bool uh_listeners_tcp(struct uh_listeners *listeners, FILE *file)
{
	struct uh_ip_socket socket;
	char line[512];

	while (fgets(line, sizeof(line), file)) {
		if (!uh_ip_socket_parse(line, &socket) || socket.state != UH_IP_LISTENING)
			continue;
		const struct uh_listener listener = {
		    .at = {.kind = UH_TARGET_IP, .ip = socket.local}, .inode = socket.inode};

		if (!add(listeners, &listener))
			return false;
	}
	return true;
}

/*
 * Parses a path of /proc/net/unix. The kernel prints each NUL of an abstract name as '@', the
 * leading NUL too.
 */
static bool set_path(struct uh_target *target, char *path)
{
	size_t length = strcspn(path, "\n");
	bool abstract = path[0] == '@';

	path[length] = '\0';
	if ((path[0] != '/' && !abstract) || length < 2 || length > UH_PATH_MAX ||
	    (abstract && strchr(path + 1, '@')))
		return false;
	memcpy(target->path, path, length);
	if (abstract)
		target->path[0] = '\0';
	target->kind = UH_TARGET_UNIX;
	target->path_length = (uint8_t)length;
	return true;
}

bool uh_listeners_unix(struct uh_listeners *listeners, FILE *file)
{
	char line[512];
	unsigned flags, type;
	int path;

	while (fgets(line, sizeof(line), file)) {
		struct uh_listener listener = {0};

		path = 0;
		if (sscanf(line, "%*[0-9a-fA-F]: %*x %*x %x %x %*x %lu %n", &flags, &type,
			   &listener.inode, &path) != 3 ||
		    !path || !(flags & UNIX_LISTENING) || type != SOCK_STREAM ||
		    !set_path(&listener.at, line + path))
			continue;
		if (!add(listeners, &listener))
			return false;
	}
	return true;
}

/* Returns the length of path without ".NUMBER.tmp" at its end, or 0 if path does not end so. */
static size_t length_before_renaming(const char *path, size_t length)
{
	static const char end[] = ".tmp";
	size_t at = length - (sizeof(end) - 1);

	if (length < sizeof(end) || strcmp(path + at, end) != 0)
		return 0;
	while (at > 0 && path[at - 1] >= '0' && path[at - 1] <= '9')
		at--;
	return at > 1 && path[at] != '.' && path[at - 1] == '.' ? at - 1 : 0;
}

/*
 * Gives a listener of HAProxy its final path. HAProxy binds to PATH.PID.tmp and renames that to
 * PATH, so that PATH always exists. The kernel keeps the name that was bound.
 */
static void follow_renaming(struct uh_target *target)
{
	char path[UH_PATH_MAX + 1];
	size_t length;
	struct stat status;

	if (target->kind != UH_TARGET_UNIX || target->path[0] != '/')
		return;
	snprintf(path, sizeof(path), "%.*s", target->path_length, target->path);
	length = length_before_renaming(path, target->path_length);
	if (!length || lstat(path, &status) == 0)
		return;
	path[length] = '\0';
	if (stat(path, &status) == 0 && S_ISSOCK(status.st_mode))
		target->path_length = (uint8_t)length;
}

/* Reads one table. A missing table (a kernel without IPv6) counts as empty. */
static bool read_table(struct uh_listeners *listeners, const char *name,
		       bool (*read)(struct uh_listeners *, FILE *))
{
	FILE *file = fopen(name, "re");

	if (!file)
		return true;
	bool good = read(listeners, file);

	fclose(file);
	return good;
}

bool uh_listeners_read(struct uh_listeners *listeners)
{
	if (!read_table(listeners, "/proc/net/tcp", uh_listeners_tcp) ||
	    !read_table(listeners, "/proc/net/tcp6", uh_listeners_tcp) ||
	    !read_table(listeners, "/proc/net/unix", uh_listeners_unix))
		return false;
	for (size_t i = 0; i < listeners->count; i++)
		follow_renaming(&listeners->listener[i].at);
	return uh_owners_find(listeners);
}

bool uh_listener_is_any(const struct uh_listener *listener)
{
	static const struct uh_address any_v6;
	static const struct uh_address any_v4 = {.byte = {[10] = 0xff, [11] = 0xff}};
	const struct uh_address *address = &listener->at.ip.address;

	return listener->at.kind == UH_TARGET_IP &&
	       (memcmp(address, &any_v4, sizeof(any_v4)) == 0 ||
		memcmp(address, &any_v6, sizeof(any_v6)) == 0);
}

void uh_listeners_free(struct uh_listeners *listeners)
{
	for (size_t i = 0; i < listeners->count; i++) {
		struct uh_owner *owner = &listeners->listener[i].owner;

		free((char *)owner->program);
		free((char *)owner->name);
		free((char *)owner->arguments);
	}
	free(listeners->listener);
}
