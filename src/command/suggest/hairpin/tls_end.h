/* SPDX-License-Identifier: MIT */
/* tls_end.h: whether TLS ends at a listener of this host, and for which names. */
#ifndef UH_TLS_END_H
#define UH_TLS_END_H

#include <stdio.h>

#include "command/suggest/servers/servers.h"
#include "hairpin.h"

/*
 * Writes whether TLS ends at the listener, if the port of the hairpin's destination is one of
 * TLS or the destination speaks TLS: by the configuration of its process (services, NULL if it
 * cannot be read), else by its answer to a ClientHello at target.
 */
void uh_tls_end_write(FILE *notes, const struct uh_hairpin *hairpin,
		      const struct uh_services *services, const struct uh_listener *listener,
		      const struct uh_target *target);

/*
 * True if the target presents a certificate, and the certificate is for no name of the
 * hairpin's connections. False also if the destination's port is not one of TLS, or no
 * certificate can be read.
 */
bool uh_tls_end_is_for_others(const struct uh_hairpin *hairpin, const struct uh_target *target);

#endif
