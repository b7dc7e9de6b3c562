/* SPDX-License-Identifier: MIT */
/* tls_answer.c: sends a ClientHello, and judges the first bytes that come back. */
#include "tls_answer.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "timed_connect.h"
#include "tls_hello.h"

enum { REPLY = 512 };

/* Headers of the PROXY protocol that name no client: a proxy's own health check. */
static const char unknown_v1[] = "PROXY UNKNOWN\r\n";
static const char local_v2[] = "\r\n\r\n\0\r\nQUIT\n\x20\0\0";

/* A server of a line-based protocol answers at the end of a line, so empty lines come last. */
static const char line_ends[] = "\r\n\r\n";

static size_t append(unsigned char *bytes, size_t length, const void *more, size_t size)
{
	memcpy(bytes + length, more, size);
	return length + size;
}

static bool send_hello(int fd, const struct uh_tls_question *question)
{
	unsigned char bytes[sizeof(local_v2) + UH_HELLO_MAX + sizeof(line_ends)];
	size_t length = 0;

	if (question->proxy == UH_PROXY_V1)
		length = append(bytes, 0, unknown_v1, sizeof(unknown_v1) - 1);
	if (question->proxy == UH_PROXY_V2) /* the final NUL is the last byte of its length */
		length = append(bytes, 0, local_v2, sizeof(local_v2));
	length += uh_tls_hello(bytes + length, question->name);
	length = append(bytes, length, line_ends, sizeof(line_ends) - 1);
	return send(fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)length;
}

static enum uh_speech read_answer(int fd, unsigned timeout_ms)
{
	struct pollfd one = {.fd = fd, .events = POLLIN};
	unsigned char reply[REPLY];

	if (poll(&one, 1, (int)timeout_ms) <= 0)
		return UH_SPEECH_SILENT;
	ssize_t length = recv(fd, reply, sizeof(reply), MSG_DONTWAIT);

	return length > 0 ? uh_speech_of(reply, (size_t)length) : UH_SPEECH_CLOSED;
}

struct uh_tls_answer uh_tls_ask(const struct uh_tls_question *question)
{
	struct uh_tls_answer answer = {.speech = UH_SPEECH_CLOSED};
	int fd = uh_timed_connect_open(question->target, question->timeout_ms);

	if (fd < 0) {
		answer.error = errno;
		return answer;
	}
	if (send_hello(fd, question))
		answer.speech = read_answer(fd, question->timeout_ms);
	close(fd);
	return answer;
}

enum uh_tls_port uh_tls_port(uint16_t port, const char **request)
{
	/* HTTPS, SMTP, NNTP, LDAP, DNS, FTP (2), telnet, IMAP, POP3, LDAP, SIP, AMQP, Windows
	 * remote management, Kubernetes, syslog, IRC, HTTPS, MQTT, HTTPS. */
	static const uint16_t first[] = {443,  465,  563,  636,	 853,  989,  990,
					 992,  993,  995,  3269, 5061, 5671, 5986,
					 6443, 6514, 6697, 8443, 8883, 9443};
	static const struct {
		uint16_t port;
		const char *request;
	} on_turn[] = {{21, "AUTH TLS"},   {25, "STARTTLS"},	 {110, "STLS"},
		       {119, "STARTTLS"},  {143, "STARTTLS"},	 {389, "StartTLS"},
		       {587, "STARTTLS"},  {3306, "SSLRequest"}, {4190, "STARTTLS"},
		       {5222, "starttls"}, {5432, "SSLRequest"}};

	*request = NULL;
	for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++)
		if (first[i] == port)
			return UH_TLS_FIRST;
	for (size_t i = 0; i < sizeof(on_turn) / sizeof(*on_turn); i++)
		if (on_turn[i].port == port) {
			*request = on_turn[i].request;
			return UH_TLS_ON_TURN;
		}
	return UH_TLS_NEVER;
}
