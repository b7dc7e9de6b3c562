/* SPDX-License-Identifier: MIT */
/* target_unix.h: connects to a Unix socket. */
#ifndef UH_TARGET_UNIX_H
#define UH_TARGET_UNIX_H

#include "attempt.h"

/*
 * Tries a Unix target for a stream socket, which is replaced on success. errno is set to the
 * reason with UH_NO_ANSWER. Async-signal-safe.
 */
enum uh_outcome uh_try_unix(struct uh_target_attempt *attempt);

#endif
