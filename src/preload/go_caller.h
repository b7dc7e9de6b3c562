/* SPDX-License-Identifier: MIT */
/* go_caller.h: whose code it is that calls us. */
#ifndef UH_GO_CALLER_H
#define UH_GO_CALLER_H

#include <stdbool.h>

/*
 * True when the code at the address is part of an object that Go's linker made, by the note
 * that it leaves (golang.org/cmd/internal/buildid). Go's net package may look names up by libc
 * (cgo), but connects by system calls of its own, which never come here. The code must be the
 * caller's, so that its object stays loaded. Takes no lock. Async-signal-safe.
 */
bool uh_is_go(const void *code);

#endif
