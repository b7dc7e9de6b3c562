/* SPDX-License-Identifier: MIT */
/*
 * signal_mask.c: the mask of blocked signals, by the system call: libc's function leaves the
 * signals of setuid(2) and of pthread_cancel(3) out.
 */
#include "signal_mask.h"

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
