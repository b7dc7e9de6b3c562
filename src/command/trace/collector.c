/* SPDX-License-Identifier: MIT */
/* collector.c: receives the messages of traced programs on a Unix socket. */
#include "collector.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "command/cli/diag.h"
#include "command/inspect/proc.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

enum { BACKLOG = 4096, LAST_WAIT_MS = 100 };
#define LAST_WAIT_NS 3000000000u /* the longest time that uh_collector_drain() takes */

/* Draws the key and the socket's name. The name is random because any user may bind it:
 * abstract names have no owner (unix(7)). */
static bool choose_names(struct uh_collector *collector)
{
	unsigned char random[8 + UH_TRACE_KEY / 2];
	char name[2 * 8 + 1];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return false;
	for (size_t i = 0; i < 8; i++)
		sprintf(name + 2 * i, "%02x", random[i]);
	for (size_t i = 0; i < UH_TRACE_KEY / 2; i++)
		sprintf(collector->key + 2 * i, "%02x", random[8 + i]);
	snprintf(collector->variable, sizeof(collector->variable), "@unhairpin-trace-%s:%s",
		 name, collector->key);
	return true;
}

static bool listen_at(struct uh_collector *collector)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	size_t length = strcspn(collector->variable, ":");

	memcpy(name.sun_path + 1, collector->variable + 1, length - 1);
	return bind(collector->listener, (struct sockaddr *)&name,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) == 0 &&
	       listen(collector->listener, BACKLOG) == 0;
}

static bool watch(const struct uh_collector *collector, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(collector->waiting, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* False after reporting it. */
static bool begin_to_listen(struct uh_collector *collector)
{
	if (collector->selection)
		return uh_trace_socket_make(&collector->socket, collector->listener, BACKLOG);
	if (choose_names(collector) && listen_at(collector))
		return true;
	uh_error("no socket for the trace: %s", strerror(errno));
	return false;
}

bool uh_collector_open(struct uh_collector *collector, struct uh_trace *trace,
		       struct uh_selection *selection, uh_on_connection *report,
		       uh_on_connection *first, void *context)
{
	*collector = (struct uh_collector){.began = uh_clock_ns(CLOCK_MONOTONIC),
					   .trace = trace,
					   .selection = selection,
					   .report = report,
					   .first = first,
					   .context = context};
	collector->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	collector->waiting = epoll_create1(EPOLL_CLOEXEC);
	collector->pending = uh_pending_new(report, context);
	if (!collector->pending || collector->listener < 0 || collector->waiting < 0 ||
	    !watch(collector, collector->listener))
		uh_error("no socket for the trace: %s", strerror(errno));
	else if (begin_to_listen(collector))
		return true;
	uh_collector_close(collector);
	return false;
}

void uh_collector_hide(struct uh_collector *collector)
{
	uh_trace_socket_remove(&collector->socket);
}

void uh_collector_close(struct uh_collector *collector)
{
	uh_collector_hide(collector);
	close(collector->listener);
	close(collector->waiting);
	uh_pending_free(collector->pending);
	uh_datagram_sums_free(&collector->datagrams);
}

/* Accepts all clients that have connected, as far as descriptors last. */
static void accept_all(struct uh_collector *collector)
{
	int fd;

	while ((fd = accept4(collector->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >=
	       0) {
		if (watch(collector, fd)) {
			collector->clients++;
			continue;
		}
		close(fd);
		collector->lost++;
	}
}

/*
 * Interns the texts that follow a message; an empty one becomes NULL. Returns false if the
 * lengths do not fit. If memory runs out, texts are NULL.
 */
static bool intern_texts(struct uh_trace *trace, const struct uh_trace_message *message,
			 const char *at, size_t size, const char *text[UH_TRACE_TEXTS])
{
	char copy[UH_TRACE_TEXT_MAX + 1];

	for (int i = 0; i < UH_TRACE_TEXTS; i++) {
		size_t length = message->length[i];

		if (length > size || length > UH_TRACE_TEXT_MAX)
			return false;
		memcpy(copy, at, length);
		copy[length] = '\0';
		text[i] = *copy ? uh_trace_intern(trace, copy) : NULL;
		at += length;
		size -= length;
	}
	return size == 0;
}

static double seconds_since(const struct uh_collector *collector, uint64_t time)
{
	return time > collector->began ? (double)(time - collector->began) / 1e9 : 0;
}

static void take_outcome(struct uh_collector *collector, const struct uh_trace_message *head)
{
	const struct uh_outcome outcome = {
	    .identity = head->identity,
	    .error = head->error,
	    .time = head->start ? seconds_since(collector, head->start) : -1,
	};

	uh_pending_outcome(collector->pending, &outcome);
}

static void take_datagrams(struct uh_collector *collector,
			   const struct uh_connection *datagrams)
{
	if (uh_datagram_sums_add(&collector->datagrams, datagrams))
		collector->first(collector->context, datagrams);
	else if (errno)
		collector->report(collector->context, datagrams);
}

/* A connection, or datagrams. Process and user come from SO_PEERCRED, because the message is
 * not trusted. */
static void take_uses(struct uh_collector *collector, const struct uh_trace_message *head,
		      const struct ucred *peer, const char *const text[UH_TRACE_TEXTS])
{
	const bool datagrams = head->kind == UH_TRACE_DATAGRAMS;
	const bool timed = head->error != UH_TRACE_UNKNOWN && !datagrams;
	const struct uh_connection connection = {
	    .time = seconds_since(collector, head->start),
	    .microseconds = timed ? (double)head->took / 1e3 : -1,
	    .datagrams = datagrams ? head->datagrams : 0,
	    .to = {head->address, head->scope_id, head->port},
	    .name = text[UH_TRACE_NAME],
	    .program = text[UH_TRACE_PROGRAM],
	    .route = text[UH_TRACE_ROUTE],
	    .place = text[UH_TRACE_PLACE],
	    .target = text[UH_TRACE_TARGET],
	    .process = (uint32_t)peer->pid,
	    .user = peer->uid,
	    .error = head->error,
	    .protocol = head->protocol == IPPROTO_MPTCP ? IPPROTO_TCP : head->protocol,
	};

	if (datagrams)
		take_datagrams(collector, &connection);
	else
		uh_pending_connect(collector->pending, head->identity, &connection);
}

/* The object does not name the program in a process with a seccomp filter. */
static const char *program_of(struct uh_collector *collector, pid_t process)
{
	char path[64], program[PATH_MAX];
	ssize_t length;

	uh_proc_path(path, process, "exe");
	length = readlink(path, program, sizeof(program) - 1);
	if (length <= 0)
		return NULL;
	program[length] = '\0';
	return uh_trace_intern(collector->trace, program);
}

static bool is_wanted(struct uh_collector *collector, const struct uh_trace_message *head,
		      const struct ucred *peer)
{
	if (collector->selection)
		return uh_selection_wants(collector->selection, peer->pid);
	return memcmp(head->key, collector->key, sizeof(head->key)) == 0;
}

/* Reads the message of one client. */
static void read_message(struct uh_collector *collector, int fd)
{
	struct {
		struct uh_trace_message head;
		char rest[UH_TRACE_TEXTS * UH_TRACE_TEXT_MAX];
	} message;
	const char *text[UH_TRACE_TEXTS];
	struct ucred peer = {0};
	socklen_t size = sizeof(peer);
	ssize_t got = recv(fd, &message, sizeof(message), 0);

	if (got < (ssize_t)sizeof(message.head) || message.head.version != UH_TRACE_VERSION ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
	    !is_wanted(collector, &message.head, &peer) ||
	    !intern_texts(collector->trace, &message.head, message.rest,
			  (size_t)got - sizeof(message.head), text) ||
	    (message.head.kind == UH_TRACE_DATAGRAMS && !message.head.datagrams))
		return;
	if (!text[UH_TRACE_PROGRAM])
		text[UH_TRACE_PROGRAM] = program_of(collector, peer.pid);
	collector->lost += message.head.lost;
	if (message.head.kind == UH_TRACE_OUTCOME)
		take_outcome(collector, &message.head);
	else
		take_uses(collector, &message.head, &peer, text);
}

/* Waits for clients, and reads their messages. Returns what epoll_wait(2) returns. */
static int read_within(struct uh_collector *collector, int milliseconds)
{
	struct epoll_event event[64];
	int ready = epoll_wait(collector->waiting, event, 64, milliseconds), error = errno;

	for (int i = 0; i < ready; i++) {
		if (event[i].data.fd == collector->listener)
			continue;
		read_message(collector, event[i].data.fd);
		close(event[i].data.fd);
		collector->clients--;
	}
	accept_all(collector);
	errno = error;
	return ready;
}

void uh_collector_read(struct uh_collector *collector)
{
	read_within(collector, 0);
}

void uh_collector_drain(struct uh_collector *collector)
{
	uint64_t end = uh_clock_ns(CLOCK_MONOTONIC) + LAST_WAIT_NS;
	int ready;

	do
		ready = read_within(collector, LAST_WAIT_MS);
	while ((ready > 0 || (ready < 0 && errno == EINTR)) &&
	       uh_clock_ns(CLOCK_MONOTONIC) < end);
	collector->lost += collector->clients;
	uh_pending_flush(collector->pending);
	uh_datagram_sums_report(collector->datagrams, collector->report, collector->context);
}
