/* SPDX-License-Identifier: MIT */
/* proc.h: what /proc says about a running process. */
#ifndef UH_PROC_H
#define UH_PROC_H

#include <limits.h>
#include <sys/types.h>

#include "elf_file.h"

/* Whether our object is among a process's mappings. */
enum uh_object_mapping { UH_NOT_MAPPED, UH_MAPPED, UH_MAPPED_REPLACED, UH_MAPPED_UNKNOWN };

struct uh_process {
	pid_t pid;
	char program[PATH_MAX]; /* its executable, as it names it */
	enum uh_object_mapping
	    mapped;   /* replaced: by another file of that name since; unknown: no right */
	bool has_elf; /* elf could be read */
	struct uh_elf elf;
	int64_t started; /* in milliseconds since 1970 */
};

/*
 * Reads what there is about a process. Returns false when there's no such process, or it has no
 * program, as a kernel thread. Not async-signal-safe.
 */
bool uh_process_read(pid_t pid, struct uh_process *process);

/* Calls visit for each process of /proc that has a program, in rising order of their numbers.
 */
void uh_processes(void (*visit)(void *context, const struct uh_process *process),
		  void *context);

/* True when path is the same file for the process as for this one, or missing for both. */
bool uh_process_shares(pid_t pid, const char *path);

#endif
