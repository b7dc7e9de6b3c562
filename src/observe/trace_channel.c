/* SPDX-License-Identifier: MIT */
/* trace_channel.c: the socket to `unhairpin trace`, and when a process is traced. */
#include "trace_channel.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "base/format.h"
#include "base/hash.h"
#include "process/executable_path.h"
#include "process/seccomp_filter.h"
#include "socket/replace/temporary_fds.h"
#include "socket/state/records.h"
#include "unix_datagram.h"

_Atomic uint32_t uh_trace_channel;

/* The way of messages: the lowest two bits of a channel. The others tell sockets apart. */
enum { NOWHERE, ENVIRONMENT, ROOT, USER, KINDS };

/* A name is written once, before the first channel of its kind is published. */
static struct channel_name {
	struct sockaddr_un address;
	socklen_t length; /* 0: not written yet */
} names[KINDS];
static char key[UH_TRACE_KEY];
static char program[UH_TRACE_TEXT_MAX + 1];
static _Atomic uint32_t lost; /* messages, since the last one that was sent */
static _Atomic uint32_t dead; /* the last channel whose socket nobody listened on */

/* connect(2) takes the slow path while UH_IS_TRACED is set: it need not ask for a trace. */
static void switch_to(uint32_t channel)
{
	if (channel) {
		atomic_store(&lost, 0);
		atomic_fetch_or(&uh_any_record, UH_IS_TRACED);
	} else {
		atomic_fetch_and(&uh_any_record, (unsigned char)~UH_IS_TRACED);
	}
	atomic_store(&uh_trace_channel, channel);
}

void uh_trace_open(const char *value)
{
	struct channel_name *name = &names[ENVIRONMENT];
	const char *colon = value ? strchr(value, ':') : NULL;
	size_t length = colon ? (size_t)(colon - value) : 0;

	if (length < 2 || *value != '@' || length > sizeof(name->address.sun_path) ||
	    strlen(colon + 1) != sizeof(key))
		return;
	name->address.sun_family = AF_UNIX;
	memcpy(name->address.sun_path + 1, value + 1, length - 1);
	name->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	memcpy(key, colon + 1, sizeof(key));
	uh_executable_path(program, sizeof(program));
	switch_to(ENVIRONMENT);
}

/*
 * Looks for a socket that only root, or this user, can have made. Returns its channel, or 0.
 * stat(2) and not lstat(2), because a seccomp filter may allow only the former; nobody else can
 * make a symbolic link in these directories.
 */
static uint32_t find_socket(uint32_t kind, const char *path, uid_t owner)
{
	struct stat status;
	uint64_t hash;

	if (stat(path, &status) != 0 || !S_ISSOCK(status.st_mode) || status.st_uid != owner)
		return 0;
	hash = uh_hash_word(status.st_ino, (uint64_t)status.st_dev);
	hash = uh_hash_word(hash, (uint64_t)status.st_ctim.tv_sec);
	hash = uh_hash_word(hash, (uint64_t)status.st_ctim.tv_nsec);
	return (uint32_t)(hash >> 32) << 2 | kind;
}

/*
 * The program's user is the one that it was started as: asking for it is no system call. A
 * program with more rights than its caller does not report to its caller.
 */
static uint32_t find_any_socket(char path[sizeof(UH_TRACE_USER_SOCKET) + 10])
{
	uid_t user = (uid_t)getauxval(AT_EUID);
	uint32_t found = find_socket(ROOT, strcpy(path, UH_TRACE_ROOT_SOCKET), 0);

	if (found || user == 0 || getauxval(AT_SECURE))
		return found;
	uh_format(path, sizeof(UH_TRACE_USER_SOCKET) + 10, UH_TRACE_USER_SOCKET,
		  (unsigned)user);
	return find_socket(USER, path, user);
}

void uh_trace_look(void)
{
	uint32_t before = atomic_load(&uh_trace_channel), found;
	char path[sizeof(UH_TRACE_USER_SOCKET) + 10];
	struct channel_name *name;

	if (before == ENVIRONMENT)
		return;
	found = find_any_socket(path);
	if (found && found == atomic_load(&dead))
		found = 0;
	if (found && found == before)
		return;
	name = &names[found & 3];
	if (found && !name->length) {
		name->address.sun_family = AF_UNIX;
		strcpy(name->address.sun_path, path);
		name->length = sizeof(name->address);
	}
	/* A filter need not allow readlink(2). */
	if (found && !*program && !uh_is_filtered())
		uh_executable_path(program, sizeof(program));
	switch_to(found);
}

/* Nobody listens any more: saves the later connections a call that fails. */
static void give_up(uint32_t channel)
{
	atomic_store(&dead, channel);
	atomic_compare_exchange_strong(&uh_trace_channel, &channel, 0);
}

/* A child that another thread forks meanwhile keeps no copy of the socket. */
static bool send_parts(const struct channel_name *name, const struct iovec *part, size_t parts)
{
	uint64_t identity;
	int fd = uh_temporary_open(AF_UNIX, SOCK_SEQPACKET, 0, &identity);
	bool sent;

	if (fd < 0)
		return false;
	sent = uh_datagram(fd, &name->address, name->length, part, parts);
	uh_temporary_close(fd);
	return sent;
}

bool uh_trace_send(struct uh_trace_message *message, char (*text)[UH_TRACE_TEXT_MAX + 1])
{
	uint32_t channel = atomic_load(&uh_trace_channel);
	const struct channel_name *name = &names[channel & 3];
	struct iovec part[1 + UH_TRACE_TEXTS] = {{message, sizeof(*message)}};
	size_t parts = 1;

	if (!channel)
		return true;
	if (text)
		strcpy(text[UH_TRACE_PROGRAM], program);
	for (int i = 0; text && i < UH_TRACE_TEXTS; i++) {
		message->length[i] = (uint16_t)strlen(text[i]);
		part[parts++] = (struct iovec){text[i], message->length[i]};
	}
	if (channel == ENVIRONMENT)
		memcpy(message->key, key, sizeof(key));
	message->version = UH_TRACE_VERSION;
	message->lost = atomic_exchange(&lost, 0);
	if (send_parts(name, part, parts))
		return true;
	if (errno == ECONNREFUSED || errno == ENOENT || errno == EACCES) {
		give_up(channel);
		return true;
	}
	atomic_fetch_add(&lost, message->lost);
	return false;
}

void uh_trace_lost(void)
{
	atomic_fetch_add(&lost, 1);
}
