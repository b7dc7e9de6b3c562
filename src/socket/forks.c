/* SPDX-License-Identifier: MIT */
/* forks.c: counts the forks of this process. */
#include "forks.h"

#include <stdatomic.h>

static atomic_uint begun, ended;

void uh_fork_begins(void)
{
	atomic_fetch_add(&begun, 1);
}

bool uh_fork_ends(void)
{
	return atomic_fetch_add(&ended, 1) + 1 == atomic_load(&begun);
}

/* Forks of other threads are not under way in the child. */
void uh_fork_ends_in_child(void)
{
	atomic_store(&ended, atomic_load(&begun));
}

unsigned uh_forks_begun(void)
{
	return atomic_load_explicit(&begun, memory_order_relaxed);
}

bool uh_forks_under_way(void)
{
	return atomic_load(&begun) != atomic_load(&ended);
}
