/* SPDX-License-Identifier: MIT */
/* tls_hello.h: the message by which a client begins TLS. */
#ifndef UH_TLS_HELLO_H
#define UH_TLS_HELLO_H

#include <stddef.h>

enum { UH_HELLO_MAX = 512 };

/*
 * Writes a ClientHello into hello (UH_HELLO_MAX bytes). It offers TLS 1.2 (RFC 5246) at most,
 * because TLS 1.3 encrypts the certificate; a server that has TLS 1.3 alone answers with an
 * alert. name is the server name (RFC 6066) in its canonical form, or NULL. Returns the length.
 */
size_t uh_tls_hello(unsigned char *hello, const char *name);

#endif
