/* SPDX-License-Identifier: MIT */
/* vfork_child.h: whether this task runs in memory that is another process's. */
#ifndef UH_VFORK_CHILD_H
#define UH_VFORK_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/* gettid(2), which old libcs lack; 0 in a confined process, whose filter may forbid it.
 * Async-signal-safe. */
pid_t uh_task(void);

/*
 * True if the memory is another process's: for a child of vfork(2), or of clone(2) with
 * CLONE_VM. Its descriptors, root directory, user and filters are the child's own, so what it
 * does to these must not change what is known here of the other's. task: uh_task(). A system
 * call is made only if libc has another number for the thread. errno is kept.
 * Async-signal-safe.
 */
bool uh_is_vfork_child(pid_t task);

/* A task that borrows its memory is about to change its view of the file system, its user or
 * what it may call. Async-signal-safe. */
void uh_vfork_child_confines(void);

/* True for a task that borrows its memory, if it or another such task has done that.
 * Async-signal-safe. */
bool uh_is_confined_vfork_child(void);

#endif
