/* SPDX-License-Identifier: MIT */
/*
 * run_compiler.c: runs unhairpin-compiler without leaving a trace in the program.
 *
 *   thread of the program   clone(CLONE_VM | CLONE_FILES), no exit signal
 *     keeper                same memory; leaves the descriptors; all signals blocked
 *       compiler            executes unhairpin-compiler; its end is the keeper's SIGCHLD
 *
 * wait(2) does not find a child without an exit signal, except with __WALL or __WCLONE, and the
 * child sends no signal (wait(2), do_notify_parent() in linux/kernel/signal.c). There are two
 * processes because execve(2) sets the exit signal back to SIGCHLD (de_thread() in
 * linux/fs/exec.c). The keeper shares the thread's memory and its thread-local storage (errno);
 * meanwhile the thread sleeps in one system call. The keeper's stack is in a mapping of its
 * own, because the thread's stack may be small.
 *
 * The image is a memfd among the keeper's descriptors. The keeper maps it into the program's
 * memory, and the program's descriptors are not touched. CLONE_VFORK is not used, because the
 * wait must have a limit: to leave the program's table of descriptors the keeper closes its
 * copies of them, and close(2) waits for the file's server (fuse_flush() in
 * linux/fs/fuse/file.c, nfs_file_flush() in linux/fs/nfs/file.c), which may be this program
 * itself.
 */
#include "run_compiler.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "process/clone.h"
#include "compiler_protocol.h"
#include "process/own_fd.h"

#ifndef SYS_close_range
#define SYS_close_range 436 /* the same on all architectures, since Linux 5.9 */
#endif
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE 2u
#endif

/* GRACE_MS: the time that a killed compiler has to end. */
enum { STACK = 32 << 10, ARGUMENTS = 12, KERNEL_SIGNALS = 64 / 8, GRACE_MS = 200 };

/* The size of the mapping: the work, the compiler's stack above it, and then the keeper's. */
#define MAPPING ((size_t)2 * STACK)

/* The work, at the low end of the mapping: shared by program, keeper and compiler. */
struct work {
	const char *argument[ARGUMENTS];
	int image; /* a memfd of the program, or -1: the keeper makes and maps one */
	uint32_t limit_ms;
	_Atomic uint64_t until; /* the compiler's deadline, by uh_clock_ms */
	/* The keeper has its own table of descriptors, and so will end at once. */
	atomic_bool own_table;
	_Atomic uint32_t
	    alive;   /* cleared when the keeper has left the memory (CLONE_CHILD_CLEARTID) */
	void *bytes; /* the mapped image, or NULL */
	size_t size;
	enum uh_compile_end end;
	int code;
};

/* The kernel's struct sigaction (rt_sigaction(2)). */
struct action {
	uint64_t handler, flags, restorer, mask;
};

/*
 * The kernel's struct timespec, which has two longs on 32-bit machines as well
 * (linux/time_types.h).
 */
struct duration {
	long seconds, nanoseconds;
};

/* Returns the time left until "end", or 0 if it has passed. */
static struct duration left_until(uint64_t end)
{
	uint64_t now = uh_clock_ms(), left = now < end ? end - now : 0;

	return (struct duration){(long)(left / 1000), (long)(left % 1000) * 1000000};
}

/* Kernels before 5.9 lack close_range(2), so the descriptors are closed one by one. */
static void close_from(unsigned first)
{
	enum { AT_MOST = 65536 };

	if (syscall(SYS_close_range, first, ~0u, 0) == 0)
		return;
	for (unsigned fd = first; fd < AT_MOST; fd++)
		syscall(SYS_close, fd);
}

/* Leaves the program's table of descriptors for an empty one. False with errno if it failed. */
static bool leave_table(void)
{
	if (syscall(SYS_close_range, 0, ~0u, CLOSE_RANGE_UNSHARE) == 0)
		return true;
	if (syscall(SYS_unshare, CLONE_FILES) != 0)
		return false;
	close_from(0);
	return true;
}

static int make_memfd(void)
{
	return (int)syscall(SYS_memfd_create, "unhairpin routes",
			    MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

/*
 * Opens a file that has no content and ignores what is written. A container may have no
 * /dev/null, but always has a root directory.
 */
static int open_nothing(void)
{
	long fd = syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR);

	return (int)(fd < 0 ? syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY) : fd);
}

/*
 * Raises a limit that the program has set for itself: the compiler needs some descriptors, and
 * stack for its arguments.
 */
static void lift_limit(int resource)
{
	uint64_t limit[2]; /* struct rlimit64: soft, hard */

	if (syscall(SYS_prlimit64, 0, resource, NULL, limit) != 0)
		return;
	limit[0] = limit[1];
	syscall(SYS_prlimit64, 0, resource, limit, NULL);
}

/*
 * Arranges the compiler's descriptors: 0 and 2 without content, 1 the image, and
 * UH_COMPILER_STATUS the writing end of a pipe. Returns the reading end, or -1 with errno.
 * image is the program's memfd, if the keeper has a copy of the program's table, or -1. System
 * calls are made directly, because another preload object may have replaced libc's functions.
 */
static int arrange_descriptors(int image)
{
	int end[2];

	if (image < 0) {
		if (!leave_table() || open_nothing() < 0 || make_memfd() < 0)
			return -1;
	} else {
		if (image != STDOUT_FILENO && syscall(SYS_dup3, image, STDOUT_FILENO, 0) < 0)
			return -1;
		close_from(STDERR_FILENO);
		syscall(SYS_close, STDIN_FILENO);
		if (open_nothing() < 0)
			return -1;
	}
	if (syscall(SYS_dup3, STDIN_FILENO, STDERR_FILENO, 0) < 0 ||
	    syscall(SYS_fcntl, STDOUT_FILENO, F_SETFD, 0) < 0 ||
	    syscall(SYS_pipe2, end, O_CLOEXEC) < 0 ||
	    syscall(SYS_fcntl, end[1], F_SETFD, 0) < 0)
		return -1;
	return end[0];
}

static int fail(struct work *work, int error)
{
	work->end = UH_COMPILE_NOT_STARTED;
	work->code = error;
	return 1;
}

/*
 * Executes the compiler in a process group of its own, which can be killed with everything that
 * the compiler may have started.
 */
static int compiler_main(void *context)
{
	struct work *work = context;
	static char *const environment[] = {NULL};

	syscall(SYS_setsid);
	syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	syscall(SYS_execve, work->argument[0], work->argument, environment);
	return fail(work, errno);
}

static bool is_readable_by(int fd, uint64_t end)
{
	struct pollfd pipe = {.fd = fd, .events = POLLIN};
	struct duration left = left_until(end);

	return syscall(SYS_ppoll, &pipe, 1, &left, NULL, 0) > 0;
}

/*
 * Reads time limits until the compiler closes its end of the pipe or its time is up. Returns
 * the deadline.
 */
static uint64_t listen_to_compiler(struct work *work, int fd)
{
	uint64_t begin = uh_clock_ms(), end = begin + work->limit_ms;
	uint32_t limit;

	while (is_readable_by(fd, end) &&
	       syscall(SYS_read, fd, &limit, sizeof(limit)) == sizeof(limit))
		atomic_store(&work->until, end = begin + (work->limit_ms = limit));
	return end;
}

/* Waits for the compiler to end. False at the deadline. */
static bool ends_by(uint64_t end)
{
	const uint64_t child = UINT64_C(1) << (SIGCHLD - 1);
	struct duration left = left_until(end);

	return syscall(SYS_rt_sigtimedwait, &child, NULL, &left, KERNEL_SIGNALS) == SIGCHLD;
}

/*
 * Reaps the compiler, within a limited time, because a seccomp filter may refuse kill(2), or a
 * disk may delay the compiler's end. When the keeper ends, the compiler gets SIGKILL by
 * PR_SET_PDEATHSIG.
 */
static bool reap(pid_t compiler, int *status)
{
	uint64_t end = uh_clock_ms() + GRACE_MS;

	for (;;) {
		long reaped = syscall(SYS_wait4, compiler, status, WNOHANG, NULL);

		if (reaped != 0)
			return reaped == compiler;
		if (!ends_by(end))
			return false;
	}
}

static void await(struct work *work, pid_t compiler, int fd)
{
	bool ended = ends_by(listen_to_compiler(work, fd));
	int status = 0;

	syscall(SYS_kill, -compiler, SIGKILL);
	syscall(SYS_kill, compiler, SIGKILL); /* if a filter has refused setsid(2) */
	if (!reap(compiler, &status) || !ended)
		work->end = UH_COMPILE_TOO_SLOW;
	else if (work->end != UH_COMPILE_NOT_STARTED && WIFSIGNALED(status)) {
		work->end = UH_COMPILE_KILLED;
		work->code = WTERMSIG(status);
	} else if (work->end != UH_COMPILE_NOT_STARTED) {
		work->code = WEXITSTATUS(status);
		work->end = work->code ? UH_COMPILE_EXITED : UH_COMPILE_DONE;
	}
}

/*
 * Seals the memfd, so that nobody can change it any more, and maps it. An empty one is not
 * mapped. False with errno.
 */
static bool map_image(int image, struct work *work)
{
	struct stat status;
	void *bytes;

	if (syscall(SYS_fcntl, image, F_ADD_SEALS,
		    F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0 ||
	    fstat(image, &status) != 0)
		return false;
	if (status.st_size <= 0)
		return true;
	bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, image, 0);
	if (bytes == MAP_FAILED)
		return false;
	work->bytes = bytes;
	work->size = (size_t)status.st_size;
	return true;
}

static int start_and_await(struct work *work, int fd)
{
	char *stack = (char *)work + STACK;
	pid_t compiler = uh_clone(compiler_main, stack, CLONE_VM | CLONE_VFORK | SIGCHLD, work);

	if (compiler < 0)
		return fail(work, errno);
	/*
	 * The keeper closes its own copy of the writing end, or it would never see the pipe's
	 * end.
	 */
	syscall(SYS_close, UH_COMPILER_STATUS);
	await(work, compiler, fd);
	if (work->end == UH_COMPILE_DONE && work->image < 0 && !map_image(STDOUT_FILENO, work))
		return fail(work, errno);
	return 0;
}

/*
 * The keeper. It has a session of its own, so that a signal to the program's process group does
 * not reach it. Its signal dispositions are copies of the program's: if the program ignores
 * SIGCHLD, the keeper would not see the compiler's end.
 */
static int keeper_main(void *context)
{
	const struct action action = {.flags = SA_NOCLDSTOP};
	struct work *work = context;
	int fd;

	syscall(SYS_setsid);
	syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	lift_limit(RLIMIT_NOFILE);
	lift_limit(RLIMIT_STACK);
	fd = arrange_descriptors(work->image);
	if (fd < 0)
		return fail(work, errno);
	atomic_store(&work->own_table, true);
	syscall(SYS_rt_sigaction, SIGCHLD, &action, NULL, KERNEL_SIGNALS);
	return start_and_await(work, fd);
}

static void write_arguments(const struct uh_compile *compile, struct work *work)
{
	const char **at = work->argument;

	*at++ = compile->compiler;
	if (compile->file) {
		*at++ = "-f";
		*at++ = compile->file;
	}
	if (compile->inline_routes) {
		*at++ = "-r";
		*at++ = compile->inline_routes;
	}
	if (compile->optional)
		*at++ = "-o";
	*at++ = compile->secure ? "-s" : "-c";
	*at++ = "-n4";
	*at = NULL;
}

/*
 * Keepers that did not end in time, because close(2) or a busy machine delays them. work is the
 * memory that such a keeper may still use, or NULL if it has left the memory.
 */
enum { ABANDONED = 4 };
static struct {
	pid_t keeper; /* 0: none */
	struct work *work;
} abandoned[ABANDONED];

static void abandon(pid_t keeper, struct work *work)
{
	for (int i = 0; i < ABANDONED; i++)
		if (!abandoned[i].keeper) {
			abandoned[i].keeper = keeper;
			abandoned[i].work = work;
			return;
		}
}

/* Reaps abandoned keepers that have ended since. False if there is no place for another one. */
static bool may_abandon(void)
{
	bool may = false;

	for (int i = 0; i < ABANDONED; i++) {
		pid_t keeper = abandoned[i].keeper;

		if (keeper && syscall(SYS_wait4, keeper, NULL, __WCLONE | WNOHANG, NULL) != 0) {
			if (abandoned[i].work)
				munmap(abandoned[i].work, MAPPING);
			abandoned[i].keeper = 0;
		}
		may |= abandoned[i].keeper == 0;
	}
	return may;
}

static void begin_work(const struct uh_compile *compile, struct work *work, int image)
{
	*work = (struct work){
	    .image = image,
	    .limit_ms = compile->limit_ms,
	    .until = uh_clock_ms() + compile->limit_ms,
	    .alive = 1,
	    /* The result if nobody sets another one: the keeper was killed. */
	    .end = UH_COMPILE_KILLED,
	    .code = SIGKILL,
	};
	write_arguments(compile, work);
}

/* Reaps the keeper. False at the deadline. Another thread may have reaped it (__WALL). */
static bool is_reaped_by(pid_t keeper, uint64_t end)
{
	const struct duration moment = {.nanoseconds = 1000000};

	while (syscall(SYS_wait4, keeper, NULL, __WCLONE | WNOHANG, NULL) == 0) {
		if (uh_clock_ms() >= end)
			return false;
		syscall(SYS_ppoll, NULL, 0, &moment, NULL, 0);
	}
	return true;
}

/* Reaps the keeper, however long that takes. */
static void reap_keeper(pid_t keeper)
{
	while (syscall(SYS_wait4, keeper, NULL, __WCLONE, NULL) < 0 && errno == EINTR)
		;
}

/* Returns true if no other process uses the work any more. */
static bool wait_for_keeper(struct work *work, pid_t keeper)
{
	const struct duration moment = {.nanoseconds = 50000000};
	bool left;

	while (atomic_load(&work->alive) &&
	       uh_clock_ms() < atomic_load(&work->until) + (uint64_t)2 * GRACE_MS)
		/* Not FUTEX_PRIVATE_FLAG: mm_release() in linux/kernel/fork.c wakes without it.
		 */
		syscall(SYS_futex, &work->alive, FUTEX_WAIT, 1, &moment, NULL, 0);
	if (atomic_load(&work->alive)) {
		work->end = UH_COMPILE_TOO_SLOW;
		syscall(SYS_kill, keeper, SIGKILL);
	}
	if (!atomic_load(&work->alive) && atomic_load(&work->own_table)) {
		reap_keeper(keeper);
		return true;
	}
	if (is_reaped_by(keeper, uh_clock_ms() + GRACE_MS))
		return true;
	left = !atomic_load(&work->alive);
	abandon(keeper, left ? NULL : work);
	return left;
}

/* Returns as wait_for_keeper. */
static bool run(const struct uh_compile *compile, struct work *work)
{
	const int flags = CLONE_VM | CLONE_FILES | CLONE_CHILD_CLEARTID;
	pid_t keeper;

	begin_work(compile, work, -1);
	keeper = uh_clone(keeper_main, (char *)work + MAPPING, flags, work, NULL, NULL,
			  &work->alive);
	if (keeper < 0) {
		fail(work, errno);
		return true;
	}
	return wait_for_keeper(work, keeper);
}

/*
 * Runs the compiler under valgrind. That turns clone with CLONE_VFORK into a plain fork(2),
 * whose memory is a copy, and ends the program at any other clone. So the memfd is made in the
 * program, for the time of the run.
 */
static void run_in_copy(const struct uh_compile *compile, struct work *work)
{
	int image = uh_move_above_stdio(make_memfd());
	pid_t keeper = -1;

	begin_work(compile, work, image);
	if (image >= 0)
		keeper =
		    uh_clone(keeper_main, (char *)work + MAPPING, CLONE_VM | CLONE_VFORK, work);
	if (keeper < 0)
		fail(work, errno);
	else
		reap_keeper(keeper);
	if (work->end == UH_COMPILE_DONE && !map_image(image, work))
		fail(work, errno);
	if (image >= 0)
		uh_close(image);
}

/* Maps memory for the work and the stacks. NULL with errno. */
static struct work *map_work(void)
{
	void *memory;

	if (!may_abandon()) {
		errno = EBUSY;
		return NULL;
	}
	memory = mmap(NULL, MAPPING, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

/*
 * All signals are blocked meanwhile. The keeper inherits this thread's mask, and must not run a
 * handler of the program in the program's memory.
 */
enum uh_compile_end uh_run_compiler(const struct uh_compile *compile,
				    struct uh_compiled *compiled)
{
	const uint64_t all = ~UINT64_C(0);
	struct work *work = map_work();
	enum uh_compile_end end;
	bool is_ours = true;
	uint64_t before;

	if (!work) {
		*compiled = (struct uh_compiled){.code = errno};
		return UH_COMPILE_NOT_STARTED;
	}
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, KERNEL_SIGNALS);
	/* valgrind hides the vDSO from the program. */
	if (getauxval(AT_SYSINFO_EHDR))
		is_ours = run(compile, work);
	else
		run_in_copy(compile, work);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, KERNEL_SIGNALS);
	end = work->end;
	*compiled = (struct uh_compiled){
	    .code = end == UH_COMPILE_TOO_SLOW ? (int)work->limit_ms : work->code};
	if (end == UH_COMPILE_DONE)
		*compiled = (struct uh_compiled){.bytes = work->bytes, .size = work->size};
	else if (is_ours && work->bytes)
		munmap(work->bytes, work->size);
	if (is_ours)
		munmap(work, MAPPING);
	return end;
}
