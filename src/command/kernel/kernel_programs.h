/* SPDX-License-Identifier: MIT */
/*
 * kernel_programs.h: loads the BPF programs that the command contains (libbpf(7)), and attaches
 * them to a cgroup.
 *
 * The links and the map live as long as this process, unless they are pinned.
 */
#ifndef UH_KERNEL_PROGRAMS_H
#define UH_KERNEL_PROGRAMS_H

#include "command/attached/attachments.h"

struct bpf_object;
struct bpf_link;

/* Loaded programs, and their links once they are attached. */
struct uh_kernel_programs {
	struct bpf_object *object;
	struct bpf_link *link[UH_HOOKS];
};

/* True if the command was built with clang, and so contains the programs. */
bool uh_kernel_programs_exist(void);

/*
 * Loads the programs with an empty table. Returns false with errno as bpf(2): EPERM, ENOSYS,
 * EINVAL (a feature is missing), ENOTSUP if the command does not contain them. Nothing needs
 * closing then.
 */
bool uh_kernel_programs_load(struct uh_kernel_programs *programs);

/*
 * Attaches all programs to the cgroup whose directory is open. Returns false with errno;
 * programs that were attached are detached again.
 */
bool uh_kernel_programs_attach(struct uh_kernel_programs *programs, int cgroup);

/*
 * Pins the table and the links in a directory of bpffs. Returns false with errno; some may be
 * pinned then.
 */
bool uh_kernel_programs_pin(const struct uh_kernel_programs *programs, const char *directory);

/* Returns the descriptor of the map "table", which the programs own. */
int uh_kernel_programs_table(const struct uh_kernel_programs *programs);

/* Closes the programs. Links that are not pinned are detached. */
void uh_kernel_programs_close(struct uh_kernel_programs *programs);

#endif
