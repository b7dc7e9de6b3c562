/* SPDX-License-Identifier: MIT */
/*
 * fork_counter.c: counts the forks of this process.
 *
 * `begun` and `ended` count all forks; the forks between their begin and end are under way.
 */
#include "fork_counter.h"

#include <stdatomic.h>

static atomic_uint begun, ended;

/*
 * The forks of this thread that are under way: more than one if a signal handler interrupts a
 * fork and forks too. It is incremented before `begun` and decremented after `ended`, so that a
 * handler that runs in between never takes this thread's fork for another thread's.
 */
static _Thread_local unsigned own_forks __attribute__((tls_model("initial-exec")));

void uh_fork_begins(void)
{
	own_forks++;
	atomic_fetch_add(&begun, 1);
}

bool uh_fork_ends(void)
{
	bool last = atomic_fetch_add(&ended, 1) + 1 == atomic_load(&begun);

	own_forks--;
	return last;
}

/* The child has only this thread, so the forks of other threads count as ended there. */
void uh_fork_ends_in_child(void)
{
	atomic_store(&ended, atomic_load(&begun) - (own_forks - 1));
	own_forks--;
}

unsigned uh_forks_begun(void)
{
	return atomic_load_explicit(&begun, memory_order_relaxed);
}

bool uh_forks_under_way(void)
{
	return atomic_load(&begun) != atomic_load(&ended);
}

bool uh_other_forks_under_way(void)
{
	return (int)(atomic_load(&begun) - atomic_load(&ended) - own_forks) > 0;
}
