/* SPDX-License-Identifier: MIT */
/* freeze.c: a counter of the reasons why this object may not open files. */
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
