/* SPDX-License-Identifier: MIT */
/* start.c: the only constructor of the object: runs when the loader has mapped it. */
#include <pthread.h>

#include "environment.h"
#include "forks.h"
#include "temporary.h"
#include "tracing.h"
#include "turn.h"
#include "variable.h"
#include "versions.h"

static void after_fork_in_parent(void)
{
	if (uh_fork_ends())
		uh_temporaries_forked_parent();
}

static void after_fork_in_child(void)
{
	uh_fork_ends_in_child();
	uh_temporaries_forked_child();
	uh_versions_forked();
	uh_turn_forked();
}

/*
 * The variables come first: tracing is one of them. The fork handlers are registered here and
 * not by the first connection, because a fork that is under way when handlers are registered
 * does not call them. No system call is made, and nothing is allocated.
 */
__attribute__((constructor)) static void start(void)
{
	if (uh_variables_copy())
		uh_trace_begin(uh_variable(UH_TRACE_VARIABLE));
	pthread_atfork(uh_fork_begins, after_fork_in_parent, after_fork_in_child);
}
