/* SPDX-License-Identifier: MIT */
/* reload.h: the newest version of the routes, from what there is to read. */
#ifndef UH_RELOAD_H
#define UH_RELOAD_H

#include <stdint.h>

/*
 * Compares the files with what was read of them; if they are others, or nothing was read yet,
 * reads the configuration and publishes its routes (snapshot.h). With faults, or when it can't
 * be read, the version that is there stays; the compiler is then started again after a pause,
 * while a compiled form is looked for in each call. After the first call there is a version, if
 * an empty one. Only for who has the turn (turn.h). Async-signal-safe; errno is not kept.
 */
void uh_routes_reload(void);

/* How many milliseconds the compiler of routes may take, as far as is known.
 * Async-signal-safe. */
uint32_t uh_compile_limit(void);

#endif
