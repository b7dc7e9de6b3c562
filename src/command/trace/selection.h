/* SPDX-License-Identifier: MIT */
/* selection.h: the running processes that a trace is of. Nothing here is async-signal-safe. */
#ifndef UH_SELECTION_H
#define UH_SELECTION_H

#include "command/attached/cgroups.h"

enum uh_selection_kind {
	UH_SELECT_ALL,	   /* every process */
	UH_SELECT_CGROUP,  /* the processes of a cgroup, and of the cgroups below */
	UH_SELECT_PROCESS, /* one process and its descendants */
};

/* The processes, as the creator of the struct sets kind, and cgroup or process. */
struct uh_selection {
	enum uh_selection_kind kind;
	struct uh_cgroup cgroup;
	pid_t process;
	unsigned long gone; /* messages of processes that ended before they were looked at */
	struct uh_candidate *candidates; /* a uthash map of processes that were looked at */
};

/*
 * Returns true if the process is selected. This process never is, except by UH_SELECT_ALL. A
 * process that has ended is what it was when it was
 * last looked at; if it never was, it is not selected, and counted in gone.
 */
bool uh_selection_wants(struct uh_selection *selection, pid_t process);

/*
 * Looks for new descendants of the process, and forgets processes that have ended. To be called
 * once before the first uh_selection_wants(), and about once a second. Returns false if no
 * selected process is left; always true for UH_SELECT_ALL.
 */
bool uh_selection_refresh(struct uh_selection *selection);

/* Calls visit for each selected process, with UH_SELECT_ALL for none. */
void uh_selection_each(struct uh_selection *selection,
		       void (*visit)(void *context, pid_t process), void *context);

void uh_selection_free(struct uh_selection *selection);

#endif
