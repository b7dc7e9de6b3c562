/* SPDX-License-Identifier: MIT */
/* greet.h: which protocol a server speaks, by the first bytes that it sends. */
#ifndef UH_GREET_H
#define UH_GREET_H

#include "command/probe/timed_connect.h"

enum uh_speech {
	UH_SPEECH_UNKNOWN, /* the server sends bytes of no protocol below */
	UH_SPEECH_SILENT,  /* the server accepts the connection and sends nothing */
	UH_SPEECH_CLOSED,  /* the server closes the connection and has sent nothing */
	UH_SPEECH_HTTP,	   /* HTTP/1 */
	UH_SPEECH_HTTP2,   /* without TLS */
	UH_SPEECH_TLS,
	UH_SPEECH_POSTGRES_TLS, /* the frontend/backend protocol, which offers TLS */
	UH_SPEECH_POSTGRES,	/* the frontend/backend protocol without TLS */
	UH_SPEECH_MYSQL,
	UH_SPEECH_REDIS,
	UH_SPEECH_MEMCACHED,
	UH_SPEECH_SSH,
	UH_SPEECH_SMTP_OR_FTP,
	UH_SPEECHES
};

/* The first answer of a server, or the reason why there was none. */
struct uh_greeting {
	int error; /* errno if the server does not answer, else 0 */
	enum uh_speech speech;
	char line[96]; /* the first line, if the server spoke first and said text; else "" */
};

/*
 * Finds a server's protocol by requests that change no state in any server: waits for a
 * greeting, then sends a ClientHello (RFC 5246), OPTIONS of HTTP/1.0, and the SSLRequest of
 * PostgreSQL. Connects at most three times. Takes up to four seconds if the server sends
 * nothing.
 */
struct uh_greeting uh_greet(const struct uh_target *target);

/* The protocol whose answers begin with these bytes, or UH_SPEECH_UNKNOWN. */
enum uh_speech uh_speech_of(const unsigned char *bytes, size_t length);

/* A description of the protocol for messages, such as "speaks HTTP". */
const char *uh_speech_text(enum uh_speech speech);

/*
 * The reason why a service, by the design of its protocol, treats clients of a Unix socket
 * unlike clients of TCP; NULL if none is known. path is the socket's path with a NUL at its
 * end. answer is the service's answer to an HTTP request, or NULL.
 */
const char *uh_differs_by_design(enum uh_speech speech, const char *path, const char *answer);

#endif
