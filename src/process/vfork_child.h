/* SPDX-License-Identifier: MIT */
/* vfork_child.h: whether this task runs in the memory of another process. */
#ifndef UH_VFORK_CHILD_H
#define UH_VFORK_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * gettid(2), which old libcs lack. Returns 0 in a confined process, whose filter may forbid it.
 * Async-signal-safe.
 */
pid_t uh_thread_id(void);

/*
 * True if this task's memory is another process's: it is a child of vfork(2), or of clone(2)
 * with CLONE_VM. Such a child has its own descriptors, root directory, user and filters, so a
 * change to them must not change what this memory says of the parent's. task is uh_thread_id().
 * Makes a system call only if libc has another number for the thread. errno is kept.
 * Async-signal-safe.
 */
bool uh_is_vfork_child(pid_t task);

/*
 * Notes that a vfork(2) child is about to change its view of the file system, its user or its
 * allowed system calls. Async-signal-safe.
 */
void uh_vfork_child_confines(void);

/*
 * True in a vfork(2) child, if it or another vfork(2) child has called uh_vfork_child_confines.
 * Async-signal-safe.
 */
bool uh_is_confined_vfork_child(void);

#endif
