/* SPDX-License-Identifier: MIT */
/*
 * trace_socket.c: makes and removes the socket at which running processes find a trace.
 *
 * The socket gets its path by rename(2) when it listens already and has its mode: a process
 * that finds it never meets one that refuses, which it would not try again.
 */
#include "trace_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "command/cli/diag.h"
#include "trace_message.h"

#define NOREPLACE 1 /* RENAME_NOREPLACE of renameat2(2), for which musl has no function */

static bool bind_to(int fd, const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	strcpy(name.sun_path, path);
	unlink(path);
	return bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0;
}

/* Finds who listens at the path: its process ID, 0 if nobody does, or -1 if that is unknown. */
static pid_t listener_of(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	struct ucred peer = {.pid = -1};
	socklen_t size = sizeof(peer);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(name.sun_path, path);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0)
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
	else if (errno == ECONNREFUSED || errno == ENOENT)
		peer.pid = 0;
	close(fd);
	return peer.pid;
}

static bool fail(const char *path)
{
	uh_error("%s: %s%s", path, strerror(errno),
		 errno == ENOENT && geteuid() != 0
		     ? " (pam_systemd(8) makes its directory; or run trace as root)"
		     : "");
	return false;
}

/* Gives the socket its path. A socket that a killed trace left there gives way. */
static bool publish(const char *fresh, const char *path)
{
	pid_t holder;

	for (int i = 0; i < 2; i++) {
		if (syscall(SYS_renameat2, AT_FDCWD, fresh, AT_FDCWD, path, NOREPLACE) == 0)
			return true;
		if (errno != EEXIST)
			return fail(path);
		holder = listener_of(path);
		if (holder > 0)
			uh_error("process %d has a trace of running processes already (%s)",
				 (int)holder, path);
		else if (holder < 0)
			uh_error("another trace of running processes is under way (%s)", path);
		if (holder)
			return false;
		unlink(path);
	}
	return fail(path);
}

bool uh_trace_socket_make(struct uh_trace_socket *made, int fd, int backlog)
{
	char fresh[sizeof(made->path)];
	uid_t user = geteuid();
	struct stat status = {0};

	if (user == 0)
		strcpy(made->path, UH_TRACE_ROOT_SOCKET);
	else
		snprintf(made->path, sizeof(made->path), UH_TRACE_USER_SOCKET, (unsigned)user);
	if (snprintf(fresh, sizeof(fresh), "%.60s.%d", made->path, (int)getpid()) < 0 ||
	    !bind_to(fd, fresh))
		return fail(made->path);
	/* Services run as other users. A user's own directory keeps other users out. */
	if (listen(fd, backlog) == 0 && chmod(fresh, 0666) == 0 && stat(fresh, &status) == 0)
		made->made = publish(fresh, made->path);
	else
		fail(made->path);
	if (made->made) {
		made->device = status.st_dev;
		made->inode = status.st_ino;
	} else {
		unlink(fresh);
	}
	return made->made;
}

void uh_trace_socket_remove(struct uh_trace_socket *made)
{
	struct stat status;

	if (made->made && lstat(made->path, &status) == 0 && status.st_dev == made->device &&
	    status.st_ino == made->inode)
		unlink(made->path);
	made->made = false;
}
