/* SPDX-License-Identifier: MIT */
/* greet.h: asks a server which protocol it speaks. */
#ifndef UH_GREET_H
#define UH_GREET_H

#include "command/probe/speech.h"
#include "command/probe/timed_connect.h"

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

/*
 * The reason why a service, by the design of its protocol, treats clients of a Unix socket
 * unlike clients of TCP; NULL if none is known. path is the socket's path with a NUL at its
 * end. answer is the service's answer to an HTTP request, or NULL.
 */
const char *uh_differs_by_design(enum uh_speech speech, const char *path, const char *answer);

#endif
