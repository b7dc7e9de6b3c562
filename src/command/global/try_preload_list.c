/* SPDX-License-Identifier: MIT */
/* try_preload_list.c: runs the test programs with a text of /etc/ld.so.preload. */
#include "global.h"

bool uh_global_try(const struct uh_global *global, const char *text, size_t size,
		   struct uh_verdict *verdict)
{
	const struct uh_canary canary = {
	    .root = global->root,
	    .object = global->object,
	    .etc = global->file.etc,
	    .text = text,
	    .size = size,
	};

	return uh_canary(&canary, verdict);
}
