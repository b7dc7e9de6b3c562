/* SPDX-License-Identifier: MIT */
/* quick_clock.c: preloaded, makes each look at the clock a second: nobody has to wait for one.
 */
#include <stdatomic.h>
#include <time.h>

#ifndef STEP
#define STEP 1
#endif

time_t time(time_t *result)
{
	static atomic_long seconds = 1000000000;
	time_t now = atomic_fetch_add(&seconds, STEP);

	if (result)
		*result = now;
	return now;
}
