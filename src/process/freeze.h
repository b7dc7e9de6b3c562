/* SPDX-License-Identifier: MIT */
/* freeze.h: whether this process may still open files of ours. */
#ifndef UH_FREEZE_H
#define UH_FREEZE_H

#include <stdbool.h>

/*
 * uh_freeze: from now on no file of ours is opened and no configuration is read again, because
 * the program is about to change its view of the file system or the system calls that it may
 * make. uh_unfreeze takes one uh_freeze back, if the program's call has failed. Both are
 * async-signal-safe.
 */
void uh_freeze(void);
void uh_unfreeze(void);

/* True if uh_freeze holds or the process is confined (uh_confine). Async-signal-safe. */
bool uh_is_frozen(void);

#endif
