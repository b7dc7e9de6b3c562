/* SPDX-License-Identifier: MIT */
/*
 * socket_owner.c: finds the processes that have sockets open, in /proc/PID/fd: proc_pid_fd(5).
 */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/cli/diag.h"
#include "base/hash_map.h"
#include "listeners.h"
#include "proc.h"

enum { FIRST_PROCESS = 1, MOST_ARGUMENTS = 65536 };

/* Maps the inode of a socket to its listener. */
struct socket {
	UT_hash_handle hh;
	unsigned long inode;
	struct uh_listener *listener;
};

static bool add_socket(struct socket **sockets, struct uh_listener *listener)
{
	struct socket *socket = calloc(1, sizeof(*socket));

	if (socket) {
		socket->inode = listener->inode;
		socket->listener = listener;
		HASH_ADD(hh, *sockets, inode, sizeof(socket->inode), socket);
	}
	if (socket && socket->hh.tbl)
		return true;
	free(socket);
	uh_error("not enough memory");
	return false;
}

/*
 * Notes a process as the owner of a socket. The process with the lowest ID is kept, because a
 * server is older than its workers. Process 1 is replaced by any other, because systemd holds
 * the sockets that it opens for services.
 */
static void note_owner(void *context, pid_t process, unsigned long inode)
{
	struct socket *sockets = context, *found = NULL;

	HASH_FIND(hh, sockets, &inode, sizeof(inode), found);
	if (found && found->listener->owner.process <= FIRST_PROCESS)
		found->listener->owner.process = process;
}

bool uh_sockets_of_process(pid_t process,
			   void (*visit)(void *context, pid_t process, unsigned long inode),
			   void *context)
{
	char path[64], link[64];
	struct dirent *entry;
	unsigned long inode;
	DIR *directory;
	ssize_t length;

	uh_proc_path(path, process, "fd");
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		length = readlinkat(dirfd(directory), entry->d_name, link, sizeof(link) - 1);
		link[length > 0 ? length : 0] = '\0';
		if (sscanf(link, "socket:[%lu]", &inode) == 1)
			visit(context, process, inode);
	}
	if (directory)
		closedir(directory);
	return directory;
}

static void search_processes(struct socket *sockets)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			uh_sockets_of_process((pid_t)strtol(entry->d_name, NULL, 10),
					      note_owner, sockets);
	if (directory)
		closedir(directory);
}

/* Returns the target of a symbolic link (for free(3)), or NULL. */
static char *read_link(const char *path)
{
	char text[PATH_MAX];
	ssize_t length = readlink(path, text, sizeof(text) - 1);

	if (length <= 0)
		return NULL;
	text[length] = '\0';
	return strdup(text);
}

/* Returns the bytes of a file with two NULs after them (for free(3)), or NULL. */
static char *read_bytes(const char *path)
{
	char *text = calloc(1, MOST_ARGUMENTS + 2);
	FILE *file = text ? fopen(path, "re") : NULL;
	size_t length = file ? fread(text, 1, MOST_ARGUMENTS, file) : 0;

	if (file)
		fclose(file);
	char *kept = length ? realloc(text, length + 2) : NULL;

	if (!kept)
		free(text);
	return kept;
}

static void read_owner(struct uh_owner *owner)
{
	char path[64];
	char *name;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)owner->process);
	owner->program = read_link(path);
	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)owner->process);
	owner->arguments = read_bytes(path);
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)owner->process);
	name = read_bytes(path);
	if (name)
		name[strcspn(name, "\n")] = '\0';
	owner->name = name;
}

bool uh_owners_find(struct uh_listeners *listeners)
{
	struct socket *sockets = NULL;
	bool good = true;

	for (size_t i = 0; i < listeners->count && good; i++)
		good = add_socket(&sockets, &listeners->listener[i]);
	if (good)
		search_processes(sockets);
	UH_HASH_FREE(sockets, free);
	for (size_t i = 0; i < listeners->count; i++)
		if (listeners->listener[i].owner.process)
			read_owner(&listeners->listener[i].owner);
	return good;
}
