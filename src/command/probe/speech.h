/* SPDX-License-Identifier: MIT */
/* speech.h: which protocol a server speaks, by the first bytes that it sends. */
#ifndef UH_SPEECH_H
#define UH_SPEECH_H

#include <stddef.h>

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

/* The protocol whose answers begin with these bytes, or UH_SPEECH_UNKNOWN. */
enum uh_speech uh_speech_of(const unsigned char *bytes, size_t length);

/* A description of the protocol for messages, such as "speaks HTTP". */
const char *uh_speech_text(enum uh_speech speech);

#endif
