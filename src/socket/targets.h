/* SPDX-License-Identifier: MIT */
/* targets.h: tries the targets of a route. */
#ifndef UH_TARGETS_H
#define UH_TARGETS_H

#include "attempt.h"

/*
 * Tries the targets in order until one answers. Targets in back-off are skipped; if on_failure
 * is UH_REFUSE, they are tried last, without waiting. Calls routes->tell_target for a target
 * that stops answering or answers again. attempt->target is the last target that was tried.
 * errno is set with UH_FINAL, else undefined. Async-signal-safe.
 */
enum uh_outcome uh_try_targets(struct uh_target_attempt *attempt,
			       const struct uh_routes *routes);

#endif
