/* SPDX-License-Identifier: MIT */
/*
 * run_compiler.c: starts the compiler of routes without a trace in the program.
 *
 *   thread of the program   clone(CLONE_VM | CLONE_FILES), no exit signal
 *     keeper                same memory; leaves the descriptors; all signals blocked
 *       compiler            executes the program; its end is the keeper's SIGCHLD
 *
 * A child without exit signal is found by no wait(2) of the program but one with __WALL or
 * __WCLONE, and sends none (wait(2), do_notify_parent() in linux/kernel/signal.c). It takes two
 * processes because execve(2) sets the exit signal back to SIGCHLD (de_thread() in
 * linux/fs/exec.c). The keeper has the thread's storage (errno) as well as its memory: the
 * thread sleeps in one system call meanwhile. The stack that the keeper runs on is a mapping,
 * so that the thread's may be small.
 *
 * The image is a memfd among the keeper's descriptors, and the keeper maps it: into the memory
 * of the program, whose descriptors nobody touches. Not CLONE_VFORK: the wait must have an end.
 * To leave the program's table the keeper closes copies of its first descriptors, and close(2)
 * waits for the file's server (fuse_flush() in linux/fs/fuse/file.c, nfs_file_flush() in
 * linux/fs/nfs/file.c), which may be this very program.
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
#include "process/descriptors.h"

#ifndef SYS_close_range
#define SYS_close_range 436 /* the same number for all processors, since 5.9 */
#endif
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE 2u
#endif

/* GRACE_MS: how long a compiler that is killed may take to end. */
enum { STACK = 32 << 10, ARGUMENTS = 12, KERNEL_SIGNALS = 64 / 8, GRACE_MS = 200 };

/* The mapping: the work, the compiler's stack above it, and the keeper's above that. */
#define MAPPING ((size_t)2 * STACK)

/* At the low end of the mapping; the stacks of keeper and compiler are above it. */
struct work {
	const char *argument[ARGUMENTS];
	int image; /* a memfd of the program's, or -1: the keeper makes one and maps it */
	uint32_t limit_ms;
	_Atomic uint64_t until; /* when the time of the compiler is up: uh_clock_ms */
	/* The keeper has descriptors of its own, which close at once. */
	atomic_bool own_table;
	_Atomic uint32_t
	    alive;   /* 0 once the keeper has left the memory (CLONE_CHILD_CLEARTID) */
	void *bytes; /* what it has mapped, or NULL */
	size_t size;
	enum uh_compile_end end;
	int code;
};

/* The kernel's struct sigaction (rt_sigaction(2)). */
struct action {
	uint64_t handler, flags, restorer, mask;
};

/* The kernel's struct timespec of 32-bit programs has two longs as well (linux/time_types.h).
 */
struct duration {
	long seconds, nanoseconds;
};

/* How long it is until then; 0 when that has passed. */
static struct duration left_until(uint64_t end)
{
	uint64_t now = uh_clock_ms(), left = now < end ? end - now : 0;

	return (struct duration){(long)(left / 1000), (long)(left % 1000) * 1000000};
}

/* Kernels before 5.9 must be told the numbers one by one. */
static void close_from(unsigned first)
{
	enum { AT_MOST = 65536 };

	if (syscall(SYS_close_range, first, ~0u, 0) == 0)
		return;
	for (unsigned fd = first; fd < AT_MOST; fd++)
		syscall(SYS_close, fd);
}

/* Leaves the program's table of descriptors for an empty one. False with errno: still in it. */
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

/* Nothing can be read from it, and what is written to it is lost or refused. A container may
 * have no /dev/null, but there is always a root directory. */
static int open_nothing(void)
{
	long fd = syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR);

	return (int)(fd < 0 ? syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY) : fd);
}

/* Of limits that the program has set for itself the compiler needs some descriptors, and stack
 * for its arguments. */
static void lift_limit(int resource)
{
	uint64_t limit[2]; /* struct rlimit64: now, and at most */

	if (syscall(SYS_prlimit64, 0, resource, NULL, limit) != 0)
		return;
	limit[0] = limit[1];
	syscall(SYS_prlimit64, 0, resource, limit, NULL);
}

/*
 * The compiler's descriptors: 0 and 2 nothing, 1 the image, UH_COMPILER_STATUS the end of a
 * pipe whose other one is returned; -1 with errno. image: the program's, of whose table this is
 * a copy, or -1. System calls are made directly: what libc calls by these names may be another
 * object's.
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

/* A group of its own is killed as a whole, with all that the compiler may have started. */
static int execute(void *context)
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

/* Until the compiler has closed its end of the pipe, or its time is up. Returns when that is.
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

/* False when it has not ended by then. */
static bool ends_by(uint64_t end)
{
	const uint64_t child = UINT64_C(1) << (SIGCHLD - 1);
	struct duration left = left_until(end);

	return syscall(SYS_rt_sigtimedwait, &child, NULL, &left, KERNEL_SIGNALS) == SIGCHLD;
}

static void note_status(struct work *work, int status)
{
	if (WIFSIGNALED(status)) {
		work->end = UH_COMPILE_KILLED;
		work->code = WTERMSIG(status);
	} else {
		work->code = WEXITSTATUS(status);
		work->end = work->code ? UH_COMPILE_EXITED : UH_COMPILE_DONE;
	}
}

/* Bounded: a filter may refuse kill(2), and a disk may hold the compiler up. Without its keeper
 * it gets SIGKILL by PR_SET_PDEATHSIG. */
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
	syscall(SYS_kill, compiler, SIGKILL); /* if a filter refuses setsid(2) */
	if (!reap(compiler, &status) || !ended)
		work->end = UH_COMPILE_TOO_SLOW;
	else if (work->end != UH_COMPILE_NOT_STARTED)
		note_status(work, status);
}

/*
 * Maps what the compiler wrote, which nobody can change from then on. False with errno; without
 * any bytes there is nothing to map.
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
	pid_t compiler = uh_clone(execute, stack, CLONE_VM | CLONE_VFORK | SIGCHLD, work);

	if (compiler < 0)
		return fail(work, errno);
	/* The keeper's own end has to be closed for the pipe to end with the compiler. */
	syscall(SYS_close, UH_COMPILER_STATUS);
	await(work, compiler, fd);
	if (work->end == UH_COMPILE_DONE && work->image < 0 && !map_image(STDOUT_FILENO, work))
		return fail(work, errno);
	return 0;
}

/*
 * The keeper, in a session of its own, so that a signal to the program's group does not meet
 * it. Its dispositions are copies of the program's: if that ignores SIGCHLD, the compiler's end
 * would not be a signal here.
 */
static int keep(void *context)
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
 * Keepers that had not ended in time: a close(2) holds them up, or a machine under load. work
 * is the memory that one may still use, NULL if it has left that.
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

/* Reaps those that have ended since. False if there is no room for one more. */
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
	    /* That is how it ended if nobody says otherwise: somebody has killed the keeper. */
	    .end = UH_COMPILE_KILLED,
	    .code = SIGKILL,
	};
	write_arguments(compile, work);
}

static void sleep_on(_Atomic uint32_t *word, uint32_t value)
{
	const struct duration moment = {.nanoseconds = 50000000};

	/* Not FUTEX_PRIVATE_FLAG: mm_release() in linux/kernel/fork.c wakes without. */
	syscall(SYS_futex, word, FUTEX_WAIT, value, &moment, NULL, 0);
}

/* False if it can't be had by then. Somebody else may have reaped it (__WALL). */
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

/* Waits as long as that takes. */
static void reap_keeper(pid_t keeper)
{
	while (syscall(SYS_wait4, keeper, NULL, __WCLONE, NULL) < 0 && errno == EINTR)
		;
}

/* Returns whether the memory of the work is nobody's any more. */
static bool wait_for_keeper(struct work *work, pid_t keeper)
{
	bool left;

	while (atomic_load(&work->alive) &&
	       uh_clock_ms() < atomic_load(&work->until) + (uint64_t)2 * GRACE_MS)
		sleep_on(&work->alive, 1);
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

/* As wait_for_keeper. */
static bool run(const struct uh_compile *compile, struct work *work)
{
	const int flags = CLONE_VM | CLONE_FILES | CLONE_CHILD_CLEARTID;
	pid_t keeper;

	begin_work(compile, work, -1);
	keeper = uh_clone(keep, (char *)work + MAPPING, flags, work, NULL, NULL, &work->alive);
	if (keeper < 0) {
		fail(work, errno);
		return true;
	}
	return wait_for_keeper(work, keeper);
}

/*
 * valgrind makes a plain fork(2) of a clone with CLONE_VFORK, of other memory, and ends the
 * program for any other. There the memfd is the program's, for as long as this takes.
 */
static void run_in_copy(const struct uh_compile *compile, struct work *work)
{
	int image = uh_above_stdio(make_memfd());
	pid_t keeper = -1;

	begin_work(compile, work, image);
	if (image >= 0)
		keeper = uh_clone(keep, (char *)work + MAPPING, CLONE_VM | CLONE_VFORK, work);
	if (keeper < 0)
		fail(work, errno);
	else
		reap_keeper(keeper);
	if (work->end == UH_COMPILE_DONE && !map_image(image, work))
		fail(work, errno);
	if (image >= 0)
		uh_close(image);
}

/* An address space for the work, or NULL with errno. */
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

/* All signals are blocked meanwhile: the keeper begins with this thread's mask, and must not
 * run a handler of the program's in the program's memory. */
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
	/* valgrind hides the kernel's vDSO from the program. */
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
