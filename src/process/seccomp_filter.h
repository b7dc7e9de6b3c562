/* SPDX-License-Identifier: MIT */
/* seccomp_filter.h: whether a seccomp filter may end this process for a system call. */
#ifndef UH_SECCOMP_FILTER_H
#define UH_SECCOMP_FILTER_H

#include <stdbool.h>

/*
 * uh_confine: from now on this object opens no file, because a seccomp filter may end the
 * process for open(2). Permanent. uh_is_confined: true after that. Both are async-signal-safe.
 */
void uh_confine(void);
bool uh_is_confined(void);

/*
 * True if a seccomp(2) filter may end the process for a system call that a connecting program
 * does not make anyway. That is so if the process has confined itself (uh_confine), if it had a
 * filter when this was first asked, or if /proc can't be read. The kernel is asked once,
 * because a filter is never removed; a filter that is set later by a raw system call is not
 * noticed. errno is kept. Async-signal-safe.
 */
bool uh_is_filtered(void);

/*
 * True if the process may start another process: it has no filter, or it was started under the
 * filters it has now (filters are inherited), or it is in a container, whose filters refuse
 * calls but don't kill. errno is kept. Async-signal-safe.
 */
bool uh_may_start_process(void);

/*
 * Returns the size of the descriptor table: every open descriptor is below it. Returns 0 if the
 * size is unknown. errno is not kept. Async-signal-safe.
 */
int uh_fd_table_size(void);

#endif
