/* SPDX-License-Identifier: MIT */
/*
 * said_targets.h: which dead targets were logged on this machine, so that not each process says
 * it.
 *
 * The processes share a file in the directory of the counters, which root creates and all may
 * write. It decides about lines of the log and nothing else. All functions here keep errno and
 * are async-signal-safe; uh_said_target and uh_said_forget are no cancellation points.
 */
#ifndef UH_SAID_TARGETS_H
#define UH_SAID_TARGETS_H

#include <stdbool.h>
#include <stdint.h>

#define UH_SAID_FILE "said"
enum { UH_SAID_SECONDS = 300 }; /* how long a target that was logged is not logged again */

/* Creates the file if it does not exist. For the owner of the directory. */
void uh_said_create(const char *path);

/*
 * Returns true if a process has logged the target (key is a hash of it) with the same error in
 * the last UH_SAID_SECONDS; otherwise notes that this process logs it now. Returns false if
 * there is no file, or this process may not open it: then each process logs for itself.
 */
bool uh_said_target(uint64_t key, uint32_t error);

/* Notes that the target answers again. */
void uh_said_forget(uint64_t key);

#endif
