/* SPDX-License-Identifier: MIT */
/* greet.h: which protocol a server speaks, by its own first bytes. */
#ifndef UH_GREET_H
#define UH_GREET_H

#include "command/probe/timed_connect.h"

enum uh_speech {
	UH_SPEECH_UNKNOWN, /* it says something that is none of these */
	UH_SPEECH_SILENT,  /* it takes the connection, and says nothing */
	UH_SPEECH_CLOSED,  /* it closes without a word */
	UH_SPEECH_HTTP,	   /* HTTP/1 */
	UH_SPEECH_HTTP2,   /* without TLS */
	UH_SPEECH_TLS,
	UH_SPEECH_POSTGRES_TLS, /* the frontend/backend protocol, which offers TLS */
	UH_SPEECH_POSTGRES,	/* the same without TLS */
	UH_SPEECH_MYSQL,
	UH_SPEECH_REDIS,
	UH_SPEECH_MEMCACHED,
	UH_SPEECH_SSH,
	UH_SPEECH_SMTP_OR_FTP,
	UH_SPEECHES
};

/* A server's words. */
struct uh_greeting {
	int error; /* an errno: it does not answer */
	enum uh_speech speech;
	char line[96]; /* the first line, if the server spoke first and said text; else "" */
};

/*
 * Connects at most three times and asks what any server may be asked: it waits for a greeting,
 * then tries a ClientHello (RFC 5246), OPTIONS of HTTP/1.0, and the SSLRequest of PostgreSQL.
 * Nothing that a server does on these changes any state of its own. Takes up to four seconds
 * for a server that keeps silent.
 */
struct uh_greeting uh_greet(const struct uh_target *target);

/* Which protocol the first bytes of an answer are of; UH_SPEECH_UNKNOWN if of none. */
enum uh_speech uh_speech_of(const unsigned char *bytes, size_t length);

/* A description of that speech, for people: "speaks HTTP", "closes without a word". */
const char *uh_speech_text(enum uh_speech speech);

/*
 * Why a service treats those that come by a Unix socket unlike those that come by TCP, by the
 * design of its protocol, or NULL if no such reason is known. path is the socket's, NUL at its
 * end; answer is one to a request of HTTP, or NULL.
 */
const char *uh_differs_by_design(enum uh_speech speech, const char *path, const char *answer);

#endif
