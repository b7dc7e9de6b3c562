/* SPDX-License-Identifier: MIT */
/* global.h: what enable, disable and status of `unhairpin global` share. */
#ifndef UH_GLOBAL_H
#define UH_GLOBAL_H

#include <limits.h>

#include "command/canary/canary.h"
#include "command/inspect/elf_file.h"
#include "preload_file.h"

struct uh_global {
	const char *root;      /* "" for this machine's own root */
	char object[PATH_MAX]; /* its path as seen in root */
	struct uh_preload_file file;
};

/* try_preload_list.c: runs the canary programs with text as /etc/ld.so.preload. Returns as
 * uh_canary(). */
bool uh_global_try(const struct uh_global *global, const char *text, size_t size,
		   struct uh_verdict *verdict);

/* The exit statuses of `global status`. */
enum { UH_ENABLED = 0, UH_NOT_ENABLED = 1, UH_STATUS_FAILED = 2, UH_ENABLED_BROKEN = 3 };

/*
 * Prints the state: as text, with column titles if headings is set, or as one line of JSON.
 * Returns the exit status.
 */
int uh_global_status(struct uh_global *global, bool json, bool headings);

#endif
