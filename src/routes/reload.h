/* SPDX-License-Identifier: MIT */
/* reload.h: reads the routes again when their configuration has changed. */
#ifndef UH_RELOAD_H
#define UH_RELOAD_H

#include <stdint.h>

/*
 * If the configuration has changed since it was last read, or was never read, reads it and
 * publishes its routes (snapshot.h). If it has faults or can't be read, the current snapshot
 * stays. After a failure of the compiler, later calls start it again only after a pause, but
 * look for a compiled form each time. After the first call there is a snapshot, if an empty
 * one. Only for a thread with the turn (turn.h). errno is not kept. Async-signal-safe.
 */
void uh_routes_reload(void);

/*
 * The time that the compiler of routes may take, in milliseconds, as far as it is known.
 * Async-signal-safe.
 */
uint32_t uh_compile_limit(void);

#endif
