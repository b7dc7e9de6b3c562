/* SPDX-License-Identifier: MIT */
/* timed_connect.c: connects to a target and measures the time. */
#include "timed_connect.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "command/cli/diag.h"

enum { TIMES = 5 }; /* of which the median is taken */

bool uh_timed_connect_begin(void)
{
	if (setenv("UNHAIRPIN", "off", 1) == 0)
		return true;
	uh_error("%s", strerror(errno));
	return false;
}

/* The path of a Unix target has no final NUL; that of an abstract name begins with NUL. */
static socklen_t address_of(const struct uh_target *target, struct sockaddr_storage *storage)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	if (target->kind == UH_TARGET_IP)
		return uh_endpoint_to_sockaddr(
		    &target->ip, uh_address_is_v4(&target->ip.address) ? AF_INET : AF_INET6,
		    storage);
	memcpy(un.sun_path, target->path, target->path_length);
	memcpy(storage, &un, sizeof(un));
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + target->path_length +
			   (target->path[0] != '\0'));
}

/*
 * SO_SNDTIMEO also limits connect(2), and the wait for room in a full backlog, in both
 * families. After the limit connect(2) sets EINPROGRESS for TCP and EAGAIN for a Unix socket.
 */
int uh_timed_connect_open(const struct uh_target *target, unsigned timeout_ms)
{
	struct sockaddr_storage address;
	socklen_t length = address_of(target, &address);
	struct timeval time = {timeout_ms / 1000, (suseconds_t)(timeout_ms % 1000) * 1000};
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time)) == 0 &&
	    connect(fd, (const struct sockaddr *)&address, length) == 0)
		return fd;
	error = errno == EAGAIN || errno == EINPROGRESS ? ETIMEDOUT : errno;
	close(fd);
	errno = error;
	return -1;
}

static void ask_peer(int fd, struct uh_timed_connect *dial)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
		return;
	dial->has_peer = true;
	dial->user = peer.uid;
	dial->process = peer.pid;
}

struct uh_timed_connect uh_timed_connect(const struct uh_target *target, unsigned timeout_ms)
{
	struct uh_timed_connect dial = {0};
	uint64_t begin = uh_clock_ns(CLOCK_MONOTONIC);
	int fd = uh_timed_connect_open(target, timeout_ms);

	dial.error = fd < 0 ? errno : 0;
	dial.microseconds = (double)(uh_clock_ns(CLOCK_MONOTONIC) - begin) / 1e3;
	if (fd < 0)
		return dial;
	if (target->kind == UH_TARGET_UNIX)
		ask_peer(fd, &dial);
	close(fd);
	return dial;
}

static int compare_times(const void *a, const void *b)
{
	double x = ((const struct uh_timed_connect *)a)->microseconds;
	double y = ((const struct uh_timed_connect *)b)->microseconds;

	return (x > y) - (x < y);
}

struct uh_timed_connect uh_timed_connect_median(const struct uh_target *target,
						unsigned timeout_ms)
{
	struct uh_timed_connect dial[TIMES];

	for (int i = 0; i < TIMES; i++) {
		dial[i] = uh_timed_connect(target, timeout_ms);
		if (dial[i].error)
			return dial[i];
	}
	qsort(dial, TIMES, sizeof(*dial), compare_times);
	return dial[TIMES / 2];
}

const char *uh_timed_connect_text(const struct uh_timed_connect *dial)
{
	if (dial->wrong_peer)
		return "answers, not a peer_user";
	if (dial->error == 0)
		return "answers";
	return uh_timed_connect_error_text(dial->error);
}

const char *uh_timed_connect_error_text(int error)
{
	return error == ETIMEDOUT ? "no answer in time" : strerror(error);
}
