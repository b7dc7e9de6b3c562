/* SPDX-License-Identifier: MIT */
/* fork_counter.c: counts the forks of this process. */
#include "fork_counter.h"

#include <stdatomic.h>

static atomic_uint begun, ended;

/*
 * Those of this thread: a signal handler may interrupt one and fork as well. Counted first and
 * discounted last, so that a handler in between never takes this thread's fork for another's.
 */
static _Thread_local unsigned own __attribute__((tls_model("initial-exec")));

void uh_fork_begins(void)
{
	own++;
	atomic_fetch_add(&begun, 1);
}

bool uh_fork_ends(void)
{
	bool last = atomic_fetch_add(&ended, 1) + 1 == atomic_load(&begun);

	own--;
	return last;
}

/* Forks of other threads are not under way in the child. */
void uh_fork_ends_in_child(void)
{
	atomic_store(&ended, atomic_load(&begun) - (own - 1));
	own--;
}

unsigned uh_forks_begun(void)
{
	return atomic_load_explicit(&begun, memory_order_relaxed);
}

bool uh_forks_under_way(void)
{
	return atomic_load(&begun) != atomic_load(&ended);
}

bool uh_others_fork(void)
{
	return (int)(atomic_load(&begun) - atomic_load(&ended) - own) > 0;
}
