/* SPDX-License-Identifier: MIT */
/* greet.c: sends harmless requests to a server, and tells its protocol by the answers. */
#include "greet.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command/probe/tls_hello.h"

enum { CONNECT_MS = 1000, GREETING_MS = 250, ANSWER_MS = 1200, REPLY = 512 };

/* The first bytes of a reply. */
struct reply {
	unsigned char bytes[REPLY];
	size_t length;
	bool closed; /* the other side ended the connection */
};

static const unsigned char options[] = "OPTIONS * HTTP/1.0\r\n\r\n";

/* Length and code: "Message Formats" in the manual of PostgreSQL. */
static const unsigned char ssl_request[] = "\x00\x00\x00\x08\x04\xd2\x16\x2f";

/* Reads once. The reply is empty if nothing comes in time. */
static void receive(int fd, unsigned timeout_ms, struct reply *reply)
{
	struct pollfd one = {.fd = fd, .events = POLLIN};
	ssize_t length = 0;

	*reply = (struct reply){0};
	if (poll(&one, 1, (int)timeout_ms) <= 0)
		return;
	length = recv(fd, reply->bytes, sizeof(reply->bytes), MSG_DONTWAIT);
	reply->closed = length == 0 || (length < 0 && errno != EAGAIN);
	reply->length = length > 0 ? (size_t)length : 0;
}

static void request(int fd, const void *question, size_t length, struct reply *reply)
{
	*reply = (struct reply){.closed = true};
	if (send(fd, question, length, MSG_NOSIGNAL) == (ssize_t)length)
		receive(fd, ANSWER_MS, reply);
}

/* Sets the protocol that a reply shows. A reply of no known kind changes nothing. */
static void set_speech(struct uh_greeting *greeting, const struct reply *reply)
{
	enum uh_speech speech = uh_speech_of(reply->bytes, reply->length);

	if (speech != UH_SPEECH_UNKNOWN || reply->length)
		greeting->speech = speech;
	else if (greeting->speech != UH_SPEECH_UNKNOWN)
		greeting->speech = reply->closed ? UH_SPEECH_CLOSED : UH_SPEECH_SILENT;
}

static bool is_known(const struct uh_greeting *greeting)
{
	return greeting->speech > UH_SPEECH_CLOSED;
}

/* Copies the reply up to its first byte that is no printable ASCII. */
static void keep_line(struct uh_greeting *greeting, const struct reply *reply)
{
	size_t length = 0;

	while (length < reply->length && length + 1 < sizeof(greeting->line) &&
	       reply->bytes[length] >= 0x20 && reply->bytes[length] < 0x7f)
		length++;
	memcpy(greeting->line, reply->bytes, length);
	greeting->line[length] = '\0';
}

/* Empty lines follow the ClientHello, so that a server of a line-based protocol answers instead
 * of waiting for the end of the line. */
static void request_tls(int fd, struct reply *reply)
{
	static const char line_ends[] = "\r\n\r\n";
	unsigned char hello[UH_HELLO_MAX + sizeof(line_ends)];
	size_t length = uh_tls_hello(hello, NULL);

	memcpy(hello + length, line_ends, sizeof(line_ends) - 1);
	request(fd, hello, length + sizeof(line_ends) - 1, reply);
}

/* Waits for a greeting, then tries TLS. Returns false if the server does not answer. */
static bool listen_first(const struct uh_target *target, struct uh_greeting *greeting)
{
	struct reply reply;
	int fd = uh_timed_connect_open(target, CONNECT_MS);

	if (fd < 0) {
		greeting->error = errno;
		return false;
	}
	receive(fd, GREETING_MS, &reply);
	if (reply.length)
		keep_line(greeting, &reply);
	else if (!reply.closed)
		request_tls(fd, &reply);
	set_speech(greeting, &reply);
	close(fd);
	return true;
}

static void connect_and_request(const struct uh_target *target, const unsigned char *question,
				size_t length, struct reply *reply)
{
	int fd = uh_timed_connect_open(target, CONNECT_MS);

	*reply = (struct reply){.closed = true};
	if (fd < 0)
		return;
	request(fd, question, length, reply);
	close(fd);
}

struct uh_greeting uh_greet(const struct uh_target *target)
{
	struct uh_greeting greeting = {.speech = UH_SPEECH_SILENT};
	struct reply reply;

	if (!listen_first(target, &greeting) || is_known(&greeting) || greeting.line[0])
		return greeting;
	connect_and_request(target, options, sizeof(options) - 1, &reply);
	set_speech(&greeting, &reply);
	if (is_known(&greeting))
		return greeting;
	connect_and_request(target, ssl_request, sizeof(ssl_request) - 1, &reply);
	if (reply.length == 1 && (reply.bytes[0] == 'S' || reply.bytes[0] == 'N'))
		greeting.speech =
		    reply.bytes[0] == 'S' ? UH_SPEECH_POSTGRES_TLS : UH_SPEECH_POSTGRES;
	else
		set_speech(&greeting, &reply);
	return greeting;
}

#define POSTGRES                                                                               \
	"PostgreSQL and its poolers have no TLS on a Unix socket, and pg_hba.conf has other "  \
	"lines for it"
#define MYSQL "MySQL and MariaDB take clients of a Unix socket for user@localhost"
#define BY_PEER "clients of a Unix socket are trusted by their user id, not by a password"

/* The reason by the protocol that the server speaks. */
static const char *by_speech(enum uh_speech speech)
{
	switch (speech) {
	case UH_SPEECH_POSTGRES:
	case UH_SPEECH_POSTGRES_TLS:
		return POSTGRES;
	case UH_SPEECH_MYSQL:
		return MYSQL;
	case UH_SPEECH_REDIS:
		return "Redis has its protected mode, and may have TLS, for TCP alone";
	default:
		return NULL;
	}
}

/* The reason by the usual path of a service's socket. */
static const char *by_path(const char *path)
{
	static const struct {
		const char *piece, *why;
	} known[] = {
	    {"/.s.PGSQL.", POSTGRES},
	    {"/mysqld.sock", MYSQL},
	    {"/mysql.sock", MYSQL},
	    {"/.X11-unix/X", "X takes clients of a Unix socket for local users"},
	    {"/docker.sock",
	     "only the mode of the file protects Docker's API on a Unix socket"},
	    {"/podman.sock",
	     "only the mode of the file protects Podman's API on a Unix socket"},
	    {"/containerd.sock",
	     "only the mode of the file protects containerd's API on a Unix socket"},
	    {"/cups.sock", BY_PEER},
	    {"/libvirt-sock", BY_PEER},
	    {"/bus_socket", BY_PEER},
	    {"/system_bus_socket", BY_PEER},
	    {"/lxd/unix.socket", BY_PEER},
	    {"/incus/unix.socket", BY_PEER},
	    {"/snapd.socket", BY_PEER},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strstr(path, known[i].piece))
			return known[i].why;
	return NULL;
}

/* The reason by the Server header of an HTTP answer. */
static const char *by_answer(const char *answer)
{
	static const char *const known[] = {"\nServer: CUPS", "\nServer: rspamd",
					    "\nServer: Docker", "\nServer: Libpod"};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcasestr(answer, known[i]))
			return BY_PEER;
	return NULL;
}

const char *uh_differs_by_design(enum uh_speech speech, const char *path, const char *answer)
{
	const char *why = by_speech(speech);

	if (!why)
		why = by_path(path);
	return why || !answer ? why : by_answer(answer);
}
