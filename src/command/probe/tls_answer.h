/* SPDX-License-Identifier: MIT */
/* tls_answer.h: whether a server answers a TLS handshake. */
#ifndef UH_TLS_ANSWER_H
#define UH_TLS_ANSWER_H

#include <stdint.h>

#include "command/probe/speech.h"
#include "table/route.h"

/* A server to ask, and what clients of the route send it before TLS. */
struct uh_tls_question {
	const struct uh_target *target;
	const char *name;	      /* the server name in its canonical form, or NULL */
	enum uh_proxy_protocol proxy; /* a PROXY header comes first */
	unsigned timeout_ms;	      /* for connecting, and again for the answer */
};

struct uh_tls_answer {
	int error; /* errno if the server could not be reached, else 0 */
	enum uh_speech speech;
};

/*
 * Connects and sends a ClientHello, behind a PROXY header of a health check ("UNKNOWN" or
 * LOCAL) if the question has one. speech becomes UH_SPEECH_TLS for a ServerHello or an alert,
 * UH_SPEECH_SILENT if no byte comes in time, UH_SPEECH_CLOSED if the server closes first, and
 * another value for other bytes.
 */
struct uh_tls_answer uh_tls_ask(const struct uh_tls_question *question);

/* How clients begin TLS at a port. */
enum uh_tls_port {
	UH_TLS_NEVER,  /* no TLS there by custom */
	UH_TLS_FIRST,  /* the first bytes are a ClientHello */
	UH_TLS_ON_TURN /* a request of the protocol comes first */
};

/*
 * The custom of a port, by the registry of IANA and widespread habit. *request becomes the name
 * of the request that begins TLS for UH_TLS_ON_TURN, else NULL.
 */
enum uh_tls_port uh_tls_port(uint16_t port, const char **request);

#endif
