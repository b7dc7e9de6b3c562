/* SPDX-License-Identifier: MIT */
/* handler.h: whether this thread runs a signal handler. */
#ifndef UH_HANDLER_H
#define UH_HANDLER_H

#include <signal.h>
#include <stdbool.h>

/*
 * True when the calling thread, whose signal mask is *mask, is in a signal handler, as far as
 * can be known: on x86_64 and arm64, where process_vm_readv(2) is allowed, and unless the
 * handler was installed with SA_NODEFER and blocks nothing. errno is not kept.
 * Async-signal-safe.
 */
bool uh_in_handler(const sigset_t *mask);

#endif
