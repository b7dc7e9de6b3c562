/* SPDX-License-Identifier: MIT */
/*
 * start.c: the only constructor of the object. It runs when the loader has mapped the object.
 */
#include <pthread.h>

#include "process/environment.h"
#include "process/fork_counter.h"
#include "socket/replace/temporary_fds.h"
#include "observe/datagrams.h"
#include "observe/trace_channel.h"
#include "process/turn.h"
#include "base/variable.h"
#include "routes/snapshot.h"

static void after_fork_in_parent(void)
{
	if (uh_fork_ends())
		uh_temporaries_after_fork_in_parent();
}

static void after_fork_in_child(void)
{
	uh_fork_ends_in_child();
	uh_temporaries_after_fork_in_child();
	uh_snapshots_after_fork();
	uh_turn_after_fork();
	uh_datagrams_after_fork_in_child();
}

/*
 * The variables are copied first, because UNHAIRPIN_TRACE is one of them. The fork handlers are
 * registered here and not by the first connection, because a fork that is under way does not
 * call handlers that are registered meanwhile. Makes no system call and allocates nothing.
 */
__attribute__((constructor)) static void start(void)
{
	if (uh_environment_copy())
		uh_trace_open(uh_environment_get(UH_TRACE_VARIABLE));
	pthread_atfork(uh_fork_begins, after_fork_in_parent, after_fork_in_child);
}
