/* SPDX-License-Identifier: MIT */
/* go_caller.h: recognises callers that are Go code. */
#ifndef UH_GO_CALLER_H
#define UH_GO_CALLER_H

#include <stdbool.h>

/*
 * True if the code at the address belongs to an object that Go's linker made, which its note
 * shows (golang.org/cmd/internal/buildid). Go's net package may look names up through libc
 * (cgo), but it connects by system calls of its own, which we never see. The code must be our
 * caller's, so that its object stays loaded. Takes no lock. Async-signal-safe.
 */
bool uh_is_go(const void *code);

#endif
