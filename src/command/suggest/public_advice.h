/* SPDX-License-Identifier: MIT */
/* public_advice.h: how to find the public address of a host behind a gateway. */
#ifndef UH_PUBLIC_ADVICE_H
#define UH_PUBLIC_ADVICE_H

#include <stdio.h>

#include "command/trace/connections/group.h"
#include "command/suggest/hairpin/host.h"

/*
 * If a destination has a public address, and no public address of this host is known in that
 * family, writes so as comments, with commands that find the address from inside. Returns
 * whether it did.
 */
bool uh_public_advice_write(FILE *out, const struct uh_host *host,
			    const struct uh_groups *destinations);

#endif
