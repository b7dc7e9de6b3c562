/* SPDX-License-Identifier: MIT */
/* proc.h: reads about running processes from /proc. */
#ifndef UH_PROC_H
#define UH_PROC_H

#include <limits.h>
#include <sys/types.h>

#include "elf_file.h"

/*
 * Whether a process has mapped our object. REPLACED: the mapped file was replaced since.
 * UNKNOWN: this user may not look.
 */
enum uh_object_mapping { UH_NOT_MAPPED, UH_MAPPED, UH_MAPPED_REPLACED, UH_MAPPED_UNKNOWN };

struct uh_process {
	pid_t pid;
	char program[PATH_MAX]; /* the path of its executable, as /proc/PID/exe shows it */
	enum uh_object_mapping mapped;
	bool has_elf; /* elf is valid */
	struct uh_elf elf;
	int64_t started; /* start time in milliseconds since 1970 */
};

/* Writes "/proc/PID/NAME" to path (64 bytes). Async-signal-safe. */
void uh_proc_path(char path[64], pid_t pid, const char *name);

/*
 * Reads a process. Returns false if there is no such process, or it has no executable (a kernel
 * thread); errno is that of readlink(2). Not async-signal-safe.
 */
bool uh_process_read(pid_t pid, struct uh_process *process);

/*
 * Calls visit for each process that has an executable, in rising order of process IDs. Not
 * async-signal-safe.
 */
void uh_processes(void (*visit)(void *context, const struct uh_process *process),
		  void *context);

/*
 * Returns true if the process is in another name space of this kind ("net", "mnt") than this
 * process.
 */
bool uh_process_is_elsewhere(pid_t pid, const char *kind);

/*
 * Returns true if path is the same file for the process and for this one, or missing for both.
 */
bool uh_process_shares(pid_t pid, const char *path);

#endif
