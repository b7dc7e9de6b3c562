/* SPDX-License-Identifier: MIT */
/* tls_certificate.h: reads the certificate of a TLS server. */
#ifndef UH_TLS_CERTIFICATE_H
#define UH_TLS_CERTIFICATE_H

#include <stddef.h>

#include "command/probe/timed_connect.h"

/*
 * Connects to a target and reads the first certificate that it sends, in DER. Returns it for
 * free(3), with its length in *length, or NULL if none came within three seconds (a server that
 * has TLS 1.3 alone sends none) or memory ran out.
 */
unsigned char *uh_tls_certificate(const struct uh_target *target, const char *name,
				  size_t *length);

/*
 * True if a certificate in DER has the name in its canonical form, or a wildcard for it, as a
 * DNS name or as a text of its subject (RFC 5280, 4.2.1.6).
 */
bool uh_tls_certificate_names(const unsigned char *certificate, size_t length,
			      const char *name);

/* Finds the first certificate in a server's answer to a ClientHello. Returns a copy for
 * free(3), or NULL if the answer is not complete or memory ran out. */
unsigned char *uh_tls_find_certificate(const unsigned char *answer, size_t size,
				       size_t *length);

#endif
