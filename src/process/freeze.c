/* SPDX-License-Identifier: MIT */
/* freeze.c: counts the calls after which this process opens no file of ours. */
#include "freeze.h"

#include <stdatomic.h>

#include "seccomp_filter.h"

static atomic_int freezes;

void uh_freeze(void)
{
	freezes++;
}

void uh_unfreeze(void)
{
	freezes--;
}

bool uh_is_frozen(void)
{
	return freezes || uh_is_confined();
}
