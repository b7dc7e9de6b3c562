/* SPDX-License-Identifier: MIT */
/*
 * vfork_child.c: compares the kernel's number of this thread with the one that libc has for it.
 *
 * libc's is in the thread's own block of memory, which a child that shares the memory shares
 * with its parent. pthread_getcpuclockid(3) tells it, packed into a clock's number, and makes
 * no system call.
 */
#include "vfork_child.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "descriptors.h"
#include "seccomp_filter.h"

static atomic_bool confined; /* a task that borrows this memory may see other files */

pid_t uh_task(void)
{
	return uh_is_confined() ? 0 : (pid_t)syscall(SYS_gettid);
}

/* The thread's number that libc has; 0 if it can't be told. */
static pid_t known_task(void)
{
	enum { PER_THREAD_SCHED = 6, KIND = 7 }; /* linux/posix-timers.h */
	clockid_t clock;

	if (pthread_getcpuclockid(pthread_self(), &clock) != 0 ||
	    (clock & KIND) != PER_THREAD_SCHED)
		return 0;
	return ~(clock >> 3);
}

/*
 * libc doesn't learn of a clone(2) that is made as fork(2) is, without CLONE_VM. For CLONE_VM
 * unshare(2) does nothing but to say, by EINVAL, whether others share the memory
 * (check_unshare_flags() in linux/kernel/fork.c). Under a filter it isn't asked, and somebody
 * may.
 */
static bool is_shared(void)
{
	int saved = errno;
	bool is = uh_is_filtered() || syscall(SYS_unshare, CLONE_VM) != 0;

	errno = saved;
	return is;
}

bool uh_is_vfork_child(pid_t task)
{
	pid_t known = known_task();

	return task && known && task != known && is_shared();
}

void uh_vfork_child_confines(void)
{
	atomic_store(&confined, true);
}

bool uh_is_confined_vfork_child(void)
{
	return atomic_load_explicit(&confined, memory_order_relaxed) &&
	       uh_is_vfork_child(uh_task());
}
