/* SPDX-License-Identifier: MIT */
/* tls_certificate.c: a TLS handshake up to the server's certificate (RFC 5246, 7.4). */
#include "tls_certificate.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/hostname.h"

enum {
	CONNECT_MS = 1000,
	ANSWER_MS = 2000,
	MOST = 65536, /* bytes of an answer */
	RECORD_HEAD = 5,
	MESSAGE_HEAD = 4,
	HANDSHAKE = 22,
	CERTIFICATE = 11,
};

/* A ClientHello up to its extensions: common ciphers, no session, no compression. */
static const unsigned char hello_begin[] =
    "\x16\x03\x01\x00\x00"	       /* a handshake record, its length */
    "\x01\x00\x00\x00\x03\x03"	       /* client_hello, its length, TLS 1.2 */
    "unhairpin suggest: what is here?" /* random */
    "\x00"
    "\x00\x1e\xc0\x2b\xc0\x2f\xc0\x2c\xc0\x30\xcc\xa9\xcc\xa8\xc0\x09\xc0\x0a\xc0\x13\xc0\x14"
    "\x00\x9c\x00\x9d\x00\x2f\x00\x35\x00\xff" /* ciphers */
    "\x01\x00"
    "\x00\x00"; /* extensions, their length */

/* The extensions: curves, their point format, signature algorithms, extended master secret. */
static const unsigned char extensions[] =
    "\x00\x0a\x00\x08\x00\x06\x00\x1d\x00\x17\x00\x18"
    "\x00\x0b\x00\x02\x01\x00"
    "\x00\x0d\x00\x16\x00\x14\x04\x03\x05\x03\x06\x03\x08\x07\x08\x04\x08\x05\x08\x06\x04\x01"
    "\x05\x01\x06\x01"
    "\x00\x17\x00\x00";

enum { BEGIN = sizeof(hello_begin) - 1, REST = sizeof(extensions) - 1 };

static void put(unsigned char *at, size_t number)
{
	at[0] = (unsigned char)(number >> 8);
	at[1] = (unsigned char)number;
}

static size_t get(const unsigned char *at, size_t bytes)
{
	size_t number = 0;

	while (bytes--)
		number = number << 8 | *at++;
	return number;
}

/* Writes the server_name extension: its length, the list's length, the kind, the name's length.
 */
static size_t put_name(unsigned char *at, const char *name)
{
	size_t length = strlen(name);

	put(at, 0);
	put(at + 2, length + 5);
	put(at + 4, length + 3);
	at[6] = 0;
	put(at + 7, length);
	memcpy(at + 9, name, length);
	return length + 9;
}

size_t uh_tls_hello(unsigned char *hello, const char *name)
{
	size_t length = BEGIN;

	memcpy(hello, hello_begin, BEGIN);
	if (name && strlen(name) <= UH_NAME_MAX)
		length += put_name(hello + length, name);
	memcpy(hello + length, extensions, REST);
	length += REST;
	put(hello + 3, length - RECORD_HEAD);
	put(hello + 7, length - RECORD_HEAD - MESSAGE_HEAD);
	put(hello + BEGIN - 2, length - BEGIN);
	return length;
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
