/* SPDX-License-Identifier: MIT */
/*
 * vfork_child.c: recognises a vfork(2) child by its thread number.
 *
 * libc keeps each thread's number in that thread's block of memory. A child that shares the
 * memory of its parent finds the parent's number there, and the kernel's gettid(2) returns
 * another one. pthread_getcpuclockid(3) gives libc's number, packed into a clock number,
 * without a system call.
 */
#include "vfork_child.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "seccomp_filter.h"

static atomic_bool confined; /* a vfork(2) child may see other files than the parent */

pid_t uh_thread_id(void)
{
	return uh_is_confined() ? 0 : (pid_t)syscall(SYS_gettid);
}

/* Returns the thread number that libc has stored, or 0 if it is unknown. */
static pid_t libc_thread_id(void)
{
	enum { PER_THREAD_SCHED = 6, KIND = 7 }; /* linux/posix-timers.h */
	clockid_t clock;

	if (pthread_getcpuclockid(pthread_self(), &clock) != 0 ||
	    (clock & KIND) != PER_THREAD_SCHED)
		return 0;
	return ~(clock >> 3);
}

/*
 * True if another process shares the memory. The numbers also differ in a child of a raw
 * clone(2) that has its own memory, of which libc does not know. The kernel is therefore asked
 * by unshare(2) with CLONE_VM, which changes nothing, but fails with EINVAL if the memory is
 * shared (check_unshare_flags() in linux/kernel/fork.c). Under a seccomp filter it is not
 * asked, and the memory counts as shared.
 */
static bool is_memory_shared(void)
{
	int saved = errno;
	bool is = uh_is_filtered() || syscall(SYS_unshare, CLONE_VM) != 0;

	errno = saved;
	return is;
}

bool uh_is_vfork_child(pid_t task)
{
	pid_t known = libc_thread_id();

	return task && known && task != known && is_memory_shared();
}

void uh_vfork_child_confines(void)
{
	atomic_store(&confined, true);
}

bool uh_is_confined_vfork_child(void)
{
	return atomic_load_explicit(&confined, memory_order_relaxed) &&
	       uh_is_vfork_child(uh_thread_id());
}
