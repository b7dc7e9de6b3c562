/* SPDX-License-Identifier: MIT */
/* collector.c: the socket on which traced programs tell of their connections. */
#include "collector.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "command/cli/command.h"

enum { BACKLOG = 4096, LAST_WAIT_MS = 100 };
#define LAST_WAIT_NS 3000000000u /* for all of it, if it never ends */

static uint64_t now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* A name that nobody has, since an abstract one belongs to all users, and the key. */
static bool choose_names(struct uh_collector *channel)
{
	unsigned char random[8 + UH_TRACE_KEY / 2];
	char name[2 * 8 + 1];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return false;
	for (size_t i = 0; i < 8; i++)
		sprintf(name + 2 * i, "%02x", random[i]);
	for (size_t i = 0; i < UH_TRACE_KEY / 2; i++)
		sprintf(channel->key + 2 * i, "%02x", random[8 + i]);
	snprintf(channel->variable, sizeof(channel->variable), "@unhairpin-trace-%s:%s", name,
		 channel->key);
	return true;
}

static bool listen_at(struct uh_collector *channel)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	size_t length = strcspn(channel->variable, ":");

	memcpy(name.sun_path + 1, channel->variable + 1, length - 1);
	return bind(channel->listener, (struct sockaddr *)&name,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) == 0 &&
	       listen(channel->listener, BACKLOG) == 0;
}

static bool watch(const struct uh_collector *channel, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(channel->waiting, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool uh_collector_open(struct uh_collector *channel)
{
	*channel = (struct uh_collector){.began = now()};
	channel->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	channel->waiting = epoll_create1(EPOLL_CLOEXEC);
	channel->pending = uh_pending_new();
	if (channel->pending && channel->listener >= 0 && channel->waiting >= 0 &&
	    choose_names(channel) && listen_at(channel) && watch(channel, channel->listener))
		return true;
	uh_error("no socket for the trace: %s", strerror(errno));
	uh_collector_close(channel);
	return false;
}

void uh_collector_close(struct uh_collector *channel)
{
	close(channel->listener);
	close(channel->waiting);
	uh_pending_free(channel->pending);
}

/* All who have connected; the others have to wait for descriptors. */
static void accept_all(struct uh_collector *channel)
{
	int fd;

	while ((fd = accept4(channel->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >=
	       0) {
		if (watch(channel, fd)) {
			channel->clients++;
			continue;
		}
		close(fd);
		channel->lost++;
	}
}

/* Splits the texts that follow a message, in place. False where the lengths don't fit. */
static bool split(const struct uh_trace_message *message, char *at, size_t size,
		  char text[UH_TRACE_TEXTS][UH_TRACE_TEXT_MAX + 1])
{
	for (int i = 0; i < UH_TRACE_TEXTS; i++) {
		size_t length = message->length[i];

		if (length > size || length > UH_TRACE_TEXT_MAX)
			return false;
		memcpy(text[i], at, length);
		text[i][length] = '\0';
		at += length;
		size -= length;
	}
	return size == 0;
}

static bool is_ours(const struct uh_collector *channel, const struct uh_trace_message *message)
{
	return memcmp(message->key, channel->key, sizeof(message->key)) == 0 &&
	       message->version == UH_TRACE_VERSION;
}

static double seconds_since(const struct uh_collector *channel, uint64_t time)
{
	return time > channel->began ? (double)(time - channel->began) / 1e9 : 0;
}

/* An outcome: when the program learnt it, if it did. */
static bool hear_outcome(struct uh_collector *channel, const struct uh_trace_message *head,
			 uh_take_event *take, void *context)
{
	const struct uh_outcome outcome = {
	    .identity = head->identity,
	    .error = head->error,
	    .time = head->start ? seconds_since(channel, head->start) : -1,
	};

	return uh_pending_outcome(channel->pending, &outcome, take, context);
}

/* A connection, of which event has the process and the texts. */
static bool hear_connection(struct uh_collector *channel, const struct uh_trace_message *head,
			    struct uh_event *event, uh_take_event *take, void *context)
{
	event->time = seconds_since(channel, head->start);
	event->microseconds = head->error == UH_TRACE_UNKNOWN ? -1 : (double)head->took / 1e3;
	event->identity = head->identity;
	event->asked = (struct uh_endpoint){head->address, head->scope_id, head->port};
	event->protocol = head->protocol;
	event->error = head->error;
	return uh_pending_connect(channel->pending, event, take, context);
}

static bool hear(struct uh_collector *channel, int fd, uh_take_event *take, void *context)
{
	struct {
		struct uh_trace_message head;
		char rest[UH_TRACE_TEXTS * UH_TRACE_TEXT_MAX];
	} message;
	char text[UH_TRACE_TEXTS][UH_TRACE_TEXT_MAX + 1];
	struct ucred peer = {0};
	struct uh_event event;
	socklen_t size = sizeof(peer);
	ssize_t got = recv(fd, &message, sizeof(message), 0);

	if (got < (ssize_t)sizeof(message.head) || !is_ours(channel, &message.head) ||
	    !split(&message.head, message.rest, (size_t)got - sizeof(message.head), text) ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
		return true;
	channel->lost += message.head.lost;
	if (message.head.kind == UH_TRACE_OUTCOME)
		return hear_outcome(channel, &message.head, take, context);
	/* The process is the kernel's word, not the message's. */
	event = (struct uh_event){.process = (uint32_t)peer.pid,
				  .user = peer.uid,
				  .name = text[UH_TRACE_NAME],
				  .program = text[UH_TRACE_PROGRAM],
				  .route = text[UH_TRACE_ROUTE],
				  .place = text[UH_TRACE_PLACE],
				  .target = text[UH_TRACE_TARGET]};
	return hear_connection(channel, &message.head, &event, take, context);
}

static bool read_within(struct uh_collector *channel, int milliseconds, uh_take_event *take,
			void *context, int *ready)
{
	struct epoll_event event[64];
	bool good = true;

	*ready = epoll_wait(channel->waiting, event, 64, milliseconds);
	for (int i = 0; i < *ready; i++) {
		if (event[i].data.fd == channel->listener)
			continue;
		good = hear(channel, event[i].data.fd, take, context) && good;
		close(event[i].data.fd);
		channel->clients--;
	}
	accept_all(channel);
	return good;
}

bool uh_collector_read(struct uh_collector *channel, uh_take_event *take, void *context)
{
	int ready;

	return read_within(channel, 0, take, context, &ready);
}

bool uh_collector_drain(struct uh_collector *channel, uh_take_event *take, void *context)
{
	uint64_t end = now() + LAST_WAIT_NS;
	bool good = true;
	int ready;

	do
		good = read_within(channel, LAST_WAIT_MS, take, context, &ready) && good;
	while ((ready > 0 || (ready < 0 && errno == EINTR)) && now() < end);
	channel->lost += channel->clients;
	return uh_pending_flush(channel->pending, take, context) && good;
}
