/* SPDX-License-Identifier: MIT */
/* speech.c: tells protocols by the first bytes of a server. */
#include "speech.h"

#include <stdbool.h>
#include <string.h>

static bool begins_with(const unsigned char *bytes, size_t length, const char *text)
{
	return length >= strlen(text) && memcmp(bytes, text, strlen(text)) == 0;
}

/* A packet of MySQL: its length in three bytes, its number 0, then protocol version 10 or an
 * error that refuses the client's host. */
static bool is_mysql(const unsigned char *bytes, size_t length)
{
	size_t payload;

	if (length < 7)
		return false;
	payload = bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16;
	return payload > 2 && payload < 4096 && bytes[3] == 0 &&
	       (bytes[4] == 10 || bytes[4] == 0xff);
}

/* An error message of PostgreSQL: its kind, a length of four bytes, and the field of the
 * severity. */
static bool is_postgres_error(const unsigned char *bytes, size_t length)
{
	return length >= 6 && bytes[0] == 'E' && bytes[1] == 0 && bytes[2] == 0 &&
	       bytes[5] == 'S';
}

/* An HTTP/2 server first sends a frame of SETTINGS (4) or GOAWAY (7) on stream 0: RFC 9113. */
static bool is_http2(const unsigned char *bytes, size_t length)
{
	static const unsigned char none[4];

	return length >= 9 && bytes[0] == 0 && (bytes[3] == 4 || bytes[3] == 7) &&
	       memcmp(bytes + 5, none, sizeof(none)) == 0;
}

/* A record of an alert, or of a handshake that begins with a ServerHello (2): RFC 8446. A
 * server that sends back what it gets begins with a ClientHello. */
static bool is_tls(const unsigned char *bytes, size_t length)
{
	return length >= 2 && bytes[1] == 3 &&
	       (bytes[0] == 0x15 || (bytes[0] == 0x16 && (length < 6 || bytes[5] == 2)));
}

enum uh_speech uh_speech_of(const unsigned char *bytes, size_t length)
{
	static const struct {
		const char *begin;
		enum uh_speech speech;
	} known[] = {
	    {"HTTP/1.", UH_SPEECH_HTTP},
	    /* Python's http.server answers without a status line if it cannot read a request.
	     */
	    {"<!DOCTYPE HTML", UH_SPEECH_HTTP},
	    {"SSH-", UH_SPEECH_SSH},
	    {"-ERR ", UH_SPEECH_REDIS},
	    {"-NOAUTH ", UH_SPEECH_REDIS},
	    {"-DENIED ", UH_SPEECH_REDIS},
	    {"ERROR\r\n", UH_SPEECH_MEMCACHED},
	    {"220 ", UH_SPEECH_SMTP_OR_FTP},
	    {"220-", UH_SPEECH_SMTP_OR_FTP},
	    {"554 ", UH_SPEECH_SMTP_OR_FTP},
	    {"421 ", UH_SPEECH_SMTP_OR_FTP},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (begins_with(bytes, length, known[i].begin))
			return known[i].speech;
	if (is_tls(bytes, length))
		return UH_SPEECH_TLS;
	if (is_mysql(bytes, length))
		return UH_SPEECH_MYSQL;
	if (is_postgres_error(bytes, length))
		return UH_SPEECH_POSTGRES;
	return is_http2(bytes, length) ? UH_SPEECH_HTTP2 : UH_SPEECH_UNKNOWN;
}

const char *uh_speech_text(enum uh_speech speech)
{
	static const char *const text[] = {
	    [UH_SPEECH_UNKNOWN] = "speaks an unknown protocol",
	    [UH_SPEECH_SILENT] = "says nothing to TLS, HTTP or PostgreSQL's protocol",
	    [UH_SPEECH_CLOSED] = "speaks neither TLS nor HTTP nor PostgreSQL's protocol",
	    [UH_SPEECH_HTTP] = "speaks HTTP",
	    [UH_SPEECH_HTTP2] = "speaks HTTP/2",
	    [UH_SPEECH_TLS] = "speaks TLS",
	    [UH_SPEECH_POSTGRES_TLS] = "speaks PostgreSQL's protocol and offers TLS",
	    [UH_SPEECH_POSTGRES] = "speaks PostgreSQL's protocol without TLS",
	    [UH_SPEECH_MYSQL] = "speaks the protocol of MySQL and MariaDB",
	    [UH_SPEECH_REDIS] = "speaks the protocol of Redis",
	    [UH_SPEECH_MEMCACHED] = "speaks the protocol of memcached",
	    [UH_SPEECH_SSH] = "speaks SSH",
	    [UH_SPEECH_SMTP_OR_FTP] = "speaks SMTP or FTP",
	};

	return text[speech];
}
