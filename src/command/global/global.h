/* SPDX-License-Identifier: MIT */
/* global.h: what `unhairpin global` works on. */
#ifndef UH_GLOBAL_H
#define UH_GLOBAL_H

#include <limits.h>

#include "command/canary/canary.h"
#include "command/inspect/elf_file.h"
#include "preload_file.h"

struct uh_global {
	const char *root;      /* "" for this machine */
	char object[PATH_MAX]; /* in root */
	struct uh_preload_file file;
};

/* Runs canaries under a text of /etc/ld.so.preload. Returns as uh_canary. */
bool uh_global_try(const struct uh_global *global, const char *text, size_t size,
		   struct uh_verdict *verdict);

/* Exit statuses of `global status`. */
enum { UH_ENABLED = 0, UH_NOT_ENABLED = 1, UH_STATUS_FAILED = 2, UH_ENABLED_BROKEN = 3 };

/* Prints the state, as text, with titles over the table if headings is set, or as one line of
 * JSON. Returns the exit status. */
int uh_global_status(struct uh_global *global, bool json, bool headings);

#endif
