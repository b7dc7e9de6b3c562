/* SPDX-License-Identifier: MIT */
/* tls_hello.c: writes a ClientHello (RFC 5246, 7.4.1.2). */
#include "tls_hello.h"

#include <string.h>

#include "base/hostname.h"

enum { RECORD_HEAD = 5, MESSAGE_HEAD = 4 };

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
