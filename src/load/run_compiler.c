/* SPDX-License-Identifier: MIT */
/*
 * run_compiler.c: starts the compiler of routes without a trace in the program.
 *
 *   thread of the program   clone(CLONE_VM | CLONE_VFORK), no exit signal
 *     keeper                same memory, descriptors of its own, all signals blocked
 *       compiler            executes the program; its end is the keeper's SIGCHLD
 *
 * A child without exit signal is found by no wait(2) of the program but one with __WALL or
 * __WCLONE, and sends none (wait(2), do_notify_parent() in linux/kernel/signal.c). It takes two
 * processes because execve(2) sets the exit signal back to SIGCHLD (de_thread() in
 * linux/fs/exec.c). The thread sleeps meanwhile, as in vfork(2); the stack that the keeper runs
 * on is a mapping, so that the thread's may be small.
 *
 * The image is a memfd among the keeper's descriptors, and the keeper maps it: into the memory
 * of the program, whose descriptors nobody touches. Only valgrind makes a plain fork(2) of such
 * a clone; there the memfd has to be the program's. The mapping with the stacks is shared so
 * that what the keeper notes in it arrives there, too.
 */
#include "run_compiler.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "clone.h"
#include "compiler.h"
#include "descriptors.h"

#ifndef SYS_close_range
#define SYS_close_range 436 /* the same number for all processors, since 5.9 */
#endif
#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 1u
#endif

enum { STACK = 32 << 10, ARGUMENTS = 12, KERNEL_SIGNALS = 64 / 8 };

/* At the low end of the mapping; the stacks of keeper and compiler are above it. */
struct work {
	const char *argument[ARGUMENTS];
	bool *witness; /* in memory that is not shared: set if the keeper has the same */
	int image;     /* a memfd of the program's, or -1: the keeper makes one and maps it */
	uint32_t limit_ms;
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

/* Closes the numbers from first to last, of which kernels before 5.9 must be told one by one.
 */
static void close_all(unsigned first, unsigned last)
{
	enum { AT_MOST = 65536 };

	if (syscall(SYS_close_range, first, last, 0) == 0)
		return;
	for (unsigned fd = first; fd <= last && fd < AT_MOST; fd++)
		syscall(SYS_close, fd);
}

static int make_memfd(unsigned flags)
{
	return (int)syscall(SYS_memfd_create, "unhairpin routes", flags);
}

/* Nothing can be read from it, and what is written to it is lost or refused. A container may
 * have no /dev/null, but there is always a root directory. */
static int open_nothing(void)
{
	long fd = syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR);

	return (int)(fd < 0 ? syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY) : fd);
}

/*
 * The compiler's descriptors: 0 and 2 nothing, 1 the image, UH_COMPILER_STATUS the end of a
 * pipe whose other one is returned; -1 with errno. These are the lowest numbers, so that a
 * small RLIMIT_NOFILE is enough. System calls are made directly: what libc calls by these names
 * may be another object's.
 */
static int arrange_descriptors(int image)
{
	int end[2];

	if (image >= 0 && image != STDOUT_FILENO &&
	    syscall(SYS_dup3, image, STDOUT_FILENO, 0) < 0)
		return -1;
	close_all(image >= 0 ? STDERR_FILENO : STDOUT_FILENO, ~0u);
	syscall(SYS_close, STDIN_FILENO);
	if (open_nothing() < 0 || (image < 0 && make_memfd(0) < 0) ||
	    syscall(SYS_dup3, STDIN_FILENO, STDERR_FILENO, 0) < 0 ||
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
static uint64_t listen_to_compiler(const struct work *work, int fd)
{
	uint64_t begin = uh_clock_ms(), end = begin + work->limit_ms;
	uint32_t limit;

	while (is_readable_by(fd, end) &&
	       syscall(SYS_read, fd, &limit, sizeof(limit)) == sizeof(limit))
		end = begin + limit;
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

static void await(struct work *work, pid_t compiler, int fd)
{
	bool ended = ends_by(listen_to_compiler(work, fd));
	int status = 0;

	syscall(SYS_kill, -compiler, SIGKILL);
	syscall(SYS_kill, compiler, SIGKILL); /* if a filter refuses setsid(2) */
	while (syscall(SYS_wait4, compiler, &status, 0, NULL) < 0 && errno == EINTR)
		;
	if (!ended)
		work->end = UH_COMPILE_TOO_SLOW;
	else if (work->end != UH_COMPILE_NOT_STARTED)
		note_status(work, status);
}

/* Maps what the compiler wrote. False with errno; without any bytes there is nothing to map. */
static bool map_image(int image, struct work *work)
{
	struct stat status;
	void *bytes;

	if (fstat(image, &status) != 0)
		return false;
	if (status.st_size <= 0)
		return true;
	bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, image, 0);
	if (bytes == MAP_FAILED)
		return false;
	work->bytes = bytes;
	work->size = (size_t)status.st_size;
	return true;
}

/*
 * The keeper. Its dispositions are copies of the program's: if that ignores SIGCHLD, the
 * compiler's end would not be a signal here.
 */
static int keep(void *context)
{
	const struct action action = {.handler = 0};
	struct work *work = context;
	char *stack = (char *)work + STACK;
	int fd = arrange_descriptors(work->image);
	pid_t compiler;

	*work->witness = true;
	if (fd < 0)
		return fail(work, errno);
	syscall(SYS_rt_sigaction, SIGCHLD, &action, NULL, KERNEL_SIGNALS);
	compiler = uh_clone(execute, stack, CLONE_VM | CLONE_VFORK | SIGCHLD, work);
	if (compiler < 0)
		return fail(work, errno);
	/* The keeper's own end has to be closed for the pipe to end with the compiler. */
	syscall(SYS_close, UH_COMPILER_STATUS);
	await(work, compiler, fd);
	if (work->end == UH_COMPILE_DONE && work->image < 0 && !map_image(STDOUT_FILENO, work))
		return fail(work, errno);
	return 0;
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

/* Returns whether the keeper had this memory. */
static bool run(const struct uh_compile *compile, struct work *work, int image)
{
	bool witness = false;
	pid_t keeper;

	*work =
	    (struct work){.witness = &witness, .image = image, .limit_ms = compile->limit_ms};
	write_arguments(compile, work);
	/* That is how it ended if nobody says otherwise: somebody has killed the keeper. */
	work->end = UH_COMPILE_KILLED;
	work->code = SIGKILL;
	keeper = uh_clone(keep, (char *)work + (size_t)2 * STACK, CLONE_VM | CLONE_VFORK, work);
	if (keeper < 0) {
		fail(work, errno);
		return true;
	}
	while (syscall(SYS_wait4, keeper, NULL, __WCLONE, NULL) < 0 && errno == EINTR)
		;
	return *(volatile bool *)&witness;
}

/* For valgrind: the keeper's memory was a copy. */
static void run_again(const struct uh_compile *compile, struct work *work)
{
	int image = uh_above_stdio(make_memfd(MFD_CLOEXEC));

	if (image < 0) {
		fail(work, errno);
		return;
	}
	run(compile, work, image);
	if (work->end == UH_COMPILE_DONE && !map_image(image, work))
		fail(work, errno);
	uh_close(image);
}

enum uh_compile_end uh_run_compiler(const struct uh_compile *compile,
				    struct uh_compiled *compiled)
{
	struct work *work = mmap(NULL, (size_t)2 * STACK, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	enum uh_compile_end end;

	if (work == MAP_FAILED) {
		*compiled = (struct uh_compiled){.code = errno};
		return UH_COMPILE_NOT_STARTED;
	}
	if (!run(compile, work, -1))
		run_again(compile, work);
	end = work->end;
	*compiled = (struct uh_compiled){work->bytes, work->size, work->code};
	munmap(work, (size_t)2 * STACK);
	return end;
}
