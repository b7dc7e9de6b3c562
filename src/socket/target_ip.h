/* SPDX-License-Identifier: MIT */
/* target_ip.h: connects to an IP address. */
#ifndef UH_TARGET_IP_H
#define UH_TARGET_IP_H

#include "attempt.h"

/*
 * Tries an IP target on the program's own socket, or on one that replaces it if their families
 * differ. errno is set with UH_FINAL, and with UH_NO_ANSWER to the reason. Async-signal-safe.
 */
enum uh_outcome uh_try_ip(const struct uh_target_attempt *attempt);

/* The same for an address that is not a target. */
enum uh_outcome uh_try_address(const struct uh_target_attempt *attempt,
			       const struct uh_endpoint *to);

#endif
