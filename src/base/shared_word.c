/* SPDX-License-Identifier: MIT */
/* shared_word.c: lets the kernel read and write the words of a mapping. */
#include "shared_word.h"

#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* 32-bit architectures that never had 32-bit times have these calls under other names. */
#if defined(SYS_futex)
#define FUTEX SYS_futex
#else
#define FUTEX SYS_futex_time64
#endif
#if defined(SYS_clock_gettime64)
#define CLOCK_GETTIME SYS_clock_gettime64
#else
#define CLOCK_GETTIME SYS_clock_gettime
#endif

/*
 * FUTEX_WAKE_OP changes one word atomically, and wakes waiters of another word; there are none.
 * With FUTEX_PRIVATE_FLAG the kernel does not look for the file behind the address. The
 * argument has 12 bits and a sign; FUTEX_OP_OPARG_SHIFT takes it as a power of two.
 */
static bool add(uint32_t *word, uint32_t how, uint32_t argument)
{
	static uint32_t nobody;

	return syscall(FUTEX, &nobody, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 0, 0, word,
		       FUTEX_OP(FUTEX_OP_ADD | how, argument, FUTEX_OP_CMP_LT, 0)) >= 0;
}

bool uh_shared_add(uint32_t *word, uint32_t number)
{
	enum { DIGITS = 11 };

	for (uint32_t i = DIGITS; i < 32; i++)
		if (number >> i & 1 && !add(word, FUTEX_OP_OPARG_SHIFT, i))
			return false;
	number &= (1U << DIGITS) - 1;
	return number == 0 || add(word, 0, number);
}

/* FUTEX_CMP_REQUEUE compares the word; it is told to wake no waiter, and to move none. */
bool uh_shared_is(const uint32_t *word, uint32_t value)
{
	static uint32_t nobody;

	return syscall(FUTEX, word, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG, 0, NULL, &nobody,
		       value) >= 0;
}

bool uh_shared_time(int64_t time[2])
{
	return syscall(CLOCK_GETTIME, CLOCK_REALTIME, time) == 0;
}
