/* SPDX-License-Identifier: MIT */
/*
 * interruption.c: blocks signals by the system call, because libc's function never blocks the
 * signals that setuid(2) and pthread_cancel(3) use internally.
 */
#include "interruption.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

void uh_block_signals(uint64_t *before)
{
	static const int left[] = {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS};
	uint64_t held = ~UINT64_C(0);

	for (size_t i = 0; i < sizeof(left) / sizeof(*left); i++)
		held &= ~(UINT64_C(1) << (left[i] - 1));
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &held, before, sizeof(held));
}

void uh_restore_signals(const uint64_t *before)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, before, NULL, sizeof(*before));
}

int uh_defer_cancel(void)
{
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	return state;
}

void uh_restore_cancel(int state)
{
	pthread_setcancelstate(state, NULL);
}
