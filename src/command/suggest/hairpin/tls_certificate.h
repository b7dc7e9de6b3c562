/* SPDX-License-Identifier: MIT */
/* tls_certificate.h: which certificate a server of TLS shows. */
#ifndef UH_TLS_CERTIFICATE_H
#define UH_TLS_CERTIFICATE_H

#include <stddef.h>

#include "command/probe/timed_connect.h"

enum { UH_HELLO_MAX = 512 };

/*
 * Writes a ClientHello of TLS 1.2 (RFC 5246) and no later version, so that the server's
 * certificate comes unencrypted, into hello, UH_HELLO_MAX bytes. name, in its canonical form,
 * is the server's name in it (RFC 6066), or NULL. Returns the length.
 */
size_t uh_tls_hello(unsigned char *hello, const char *name);

/*
 * Connects to a target and reads its certificate, in DER: the first of those that the server
 * sends. For free(3), with the length in *length; NULL: none came within three seconds, as from
 * a server of TLS 1.3 alone, or no memory.
 */
unsigned char *uh_tls_certificate(const struct uh_target *target, const char *name,
				  size_t *length);

/* The certificate in what a server answers to a ClientHello, or NULL if not all of it is there.
 * As above. */
unsigned char *uh_tls_find_certificate(const unsigned char *answer, size_t size,
				       size_t *length);

#endif
