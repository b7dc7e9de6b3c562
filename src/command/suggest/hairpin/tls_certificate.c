/* SPDX-License-Identifier: MIT */
/* tls_certificate.c: a TLS handshake up to the server's certificate (RFC 5246, 7.4). */
#include "tls_certificate.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/hostname.h"
#include "command/probe/tls_hello.h"

enum {
	CONNECT_MS = 1000,
	ANSWER_MS = 2000,
	MOST = 65536, /* bytes of an answer */
	RECORD_HEAD = 5,
	MESSAGE_HEAD = 4,
	HANDSHAKE = 22,
	CERTIFICATE = 11,
};

static size_t get(const unsigned char *at, size_t bytes)
{
	size_t number = 0;

	while (bytes--)
		number = number << 8 | *at++;
	return number;
}

/* Joins the payloads of the handshake records into text of size bytes. Returns the length. */
static size_t join_records(const unsigned char *answer, size_t size, unsigned char *text)
{
	size_t length = 0, record;

	for (; size > RECORD_HEAD && answer[0] == HANDSHAKE; answer += record, size -= record) {
		record = RECORD_HEAD + get(answer + 3, 2);
		if (record > size)
			break;
		memcpy(text + length, answer + RECORD_HEAD, record - RECORD_HEAD);
		length += record - RECORD_HEAD;
	}
	return length;
}

/* Copies the first certificate of a message, which has the length of all certificates, the
 * length of the first, and the first one. */
static unsigned char *copy_first(const unsigned char *message, size_t size, size_t *length)
{
	if (size < 6 || get(message + 3, 3) == 0 || get(message + 3, 3) > size - 6)
		return NULL;
	*length = get(message + 3, 3);
	unsigned char *copy = malloc(*length);

	if (copy)
		memcpy(copy, message + 6, *length);
	return copy;
}

unsigned char *uh_tls_find_certificate(const unsigned char *answer, size_t size, size_t *length)
{
	unsigned char *text = malloc(size + 1), *found = NULL;
	size_t end = text ? join_records(answer, size, text) : 0, message;

	for (size_t at = 0; !found && end - at >= MESSAGE_HEAD; at += message) {
		message = MESSAGE_HEAD + get(text + at + 1, 3);
		if (message > end - at)
			break;
		if (text[at] == CERTIFICATE)
			found = copy_first(text + at + MESSAGE_HEAD, message - MESSAGE_HEAD,
					   length);
	}
	free(text);
	return found;
}

/* True if the certificate has a text of these bytes: its tag, its length, and the text. */
static bool has_text(const unsigned char *certificate, size_t length, const char *text)
{
	enum { UTF8 = 0x0c, PRINTABLE = 0x13, DNS_NAME = 0x82 };
	size_t size = strlen(text);

	for (size_t i = 0; i + 2 + size <= length && size < 0x80; i++) {
		const unsigned char *at = certificate + i;

		if ((at[0] == UTF8 || at[0] == PRINTABLE || at[0] == DNS_NAME) &&
		    at[1] == size && strncasecmp((const char *)at + 2, text, size) == 0)
			return true;
	}
	return false;
}

bool uh_tls_certificate_names(const unsigned char *certificate, size_t length, const char *name)
{
	const char *parent = uh_name_parent(name);
	char wildcard[UH_NAME_MAX + 3];

	if (has_text(certificate, length, name))
		return true;
	snprintf(wildcard, sizeof(wildcard), "*.%s", parent ? parent : "");
	return parent && has_text(certificate, length, wildcard);
}

static unsigned char *read_certificate(int fd, unsigned char *answer, size_t *length)
{
	struct pollfd one = {.fd = fd, .events = POLLIN};
	unsigned char *found = NULL;
	size_t size = 0;

	while (!found && size < MOST && poll(&one, 1, ANSWER_MS) > 0) {
		ssize_t count = recv(fd, answer + size, MOST - size, MSG_DONTWAIT);

		if (count <= 0)
			break;
		size += (size_t)count;
		found = uh_tls_find_certificate(answer, size, length);
	}
	return found;
}

unsigned char *uh_tls_certificate(const struct uh_target *target, const char *name,
				  size_t *length)
{
	unsigned char hello[UH_HELLO_MAX], *found = NULL, *answer = malloc(MOST);
	size_t size = uh_tls_hello(hello, name);
	int fd = answer ? uh_timed_connect_open(target, CONNECT_MS) : -1;

	if (fd >= 0 && send(fd, hello, size, MSG_NOSIGNAL) == (ssize_t)size)
		found = read_certificate(fd, answer, length);
	if (fd >= 0)
		close(fd);
	free(answer);
	return found;
}
