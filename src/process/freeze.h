/* SPDX-License-Identifier: MIT */
/* freeze.h: whether this object may still open files in this process. */
#ifndef UH_FREEZE_H
#define UH_FREEZE_H

#include <stdbool.h>

/*
 * uh_freeze: from now on this object opens no file and keeps the routes that it has, because
 * the program is about to change its view of the file system or its allowed system calls.
 * uh_unfreeze takes one uh_freeze back, if the program's call has failed. Both are
 * async-signal-safe.
 */
void uh_freeze(void);
void uh_unfreeze(void);

/* True after uh_freeze, and in a confined process (uh_confine). Async-signal-safe. */
bool uh_is_frozen(void);

#endif
