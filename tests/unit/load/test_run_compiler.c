/* SPDX-License-Identifier: MIT */
/* test_run_compiler.c: runs compilers of all kinds, which the program must not notice. */
#include "confdir.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "load/run_compiler.h"
#include "sanitized.h"

enum { SIGNALS = 64, NUMBERS = 256, LONG_MS = 20000, SHORT_MS = 200 };

/* Blocks all signals in the kernel's mask, including those that libc reserves. */
static uint64_t block_all(void)
{
	const uint64_t all = ~UINT64_C(0);
	uint64_t before;

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof(before));
	return before;
}

static void set_mask(uint64_t mask)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof(mask));
}

/* State in which a program could notice a change: handlers, mask, and descriptors by inode. */
struct view {
	struct {
		uint64_t handler, flags, restorer, mask;
	} action[SIGNALS + 1];
	uint64_t mask, pending;
	ino_t file[NUMBERS];
};

static void look(struct view *view)
{
	struct stat status;

	memset(view, 0, sizeof(*view));
	for (int i = 1; i <= SIGNALS; i++)
		syscall(SYS_rt_sigaction, i, NULL, &view->action[i], sizeof(uint64_t));
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &view->mask, sizeof(view->mask));
	syscall(SYS_rt_sigpending, &view->pending, sizeof(view->pending));
	for (int fd = 0; fd < NUMBERS; fd++)
		view->file[fd] = fstat(fd, &status) == 0 ? status.st_ino + 1 : 0;
}

/* A thread that receives signals and waits for any child that wait(2) finds. */
static atomic_bool done;
static atomic_int signalled, found;

static void on_signal(int number)
{
	(void)number;
	signalled++;
}

static void *watch(void *context)
{
	siginfo_t info;

	(void)context;
	while (!done) {
		if (waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD)
			found++;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
			found++;
		usleep(500);
	}
	return NULL;
}

/* The result of the last run. Its bytes are a text in these tests. */
static enum uh_compile_end end;
static int code;
static char text[4096];

static void keep_outcome(struct uh_compiled *compiled)
{
	code = compiled->code;
	memset(text, 0, sizeof(text));
	if (!compiled->bytes)
		return;
	memcpy(text, compiled->bytes,
	       compiled->size < sizeof(text) ? compiled->size : sizeof(text) - 1);
	munmap(compiled->bytes, compiled->size);
}

static void run_unseen(const struct uh_compile *compile)
{
	struct sigaction action = {.sa_handler = on_signal}, kept;
	struct uh_compiled compiled;
	struct view before, after;
	pthread_t thread;
	uint64_t mask;

	done = false;
	signalled = found = 0;
	sigaction(SIGCHLD, &action, &kept);
	assert_int_equal(pthread_create(&thread, NULL, watch, NULL), 0);
	look(&before);
	mask = block_all();
	end = uh_run_compiler(compile, &compiled);
	assert_true(!compiled.bytes || end == UH_COMPILE_DONE);
	set_mask(mask);
	keep_outcome(&compiled);
	look(&after);
	assert_memory_equal(&before, &after, sizeof(before));
	usleep(2000);
	done = true;
	pthread_join(thread, NULL);
	assert_int_equal(signalled, 0);
	assert_int_equal(found, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	assert_int_equal(errno, ECHILD);
	sigaction(SIGCHLD, &kept, NULL);
}

/* Makes an executable script in the directory. */
static const char *script(const char *body)
{
	static char path[128];
	FILE *file = create("compiler");

	fprintf(file, "#!/bin/sh\n%s\n", body);
	assert_int_equal(fclose(file), 0);
	strcpy(path, path_of("compiler"));
	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

static void run(const char *path, uint32_t limit)
{
	run_unseen(&(struct uh_compile){.compiler = path, .limit_ms = limit});
}

static void expect_done(const char *expected)
{
	assert_int_equal(end, UH_COMPILE_DONE);
	assert_string_equal(text, expected);
}

static void expect(enum uh_compile_end expected, int expected_code)
{
	assert_int_equal(end, expected);
	assert_int_equal(code, expected_code);
}

static void test_what_it_prints(void **state)
{
	int terminal = dup(STDERR_FILENO), errors = open(path_of("e"), O_RDWR | O_CREAT, 0600);
	struct stat status;

	(void)state;
	dup2(errors, STDERR_FILENO);
	run(script("echo image; echo fault >&2; echo end"), LONG_MS);
	dup2(terminal, STDERR_FILENO);
	expect_done("image\nend\n");
	assert_int_equal(fstat(errors, &status), 0);
	assert_int_equal(status.st_size, 0);
	close(terminal);
	close(errors);
	run(script(":"), LONG_MS);
	expect_done("");
}

static void test_arguments(void **state)
{
	static const char *const echo = "/bin/echo";
	struct uh_compile compile = {echo, "/a b", "x=y z", true, true, LONG_MS};

	(void)state;
	run_unseen(&compile);
	expect_done("-f /a b -r x=y z -o -s -n4\n");
	compile.optional = compile.secure = false;
	run_unseen(&compile);
	expect_done("-f /a b -r x=y z -c -n4\n");
	compile.file = NULL;
	run_unseen(&compile);
	expect_done("-r x=y z -c -n4\n");
	compile = (struct uh_compile){echo, .file = "/x", .limit_ms = LONG_MS};
	run_unseen(&compile);
	expect_done("-f /x -c -n4\n");
}

static void test_that_fail(void **state)
{
	(void)state;
	run(script("echo half; exit 3"), LONG_MS);
	expect(UH_COMPILE_EXITED, 3);
	run(script("echo half; kill -KILL $$"), LONG_MS);
	expect(UH_COMPILE_KILLED, SIGKILL);
	run(script("echo half; kill -SEGV $$; exit 4"), LONG_MS);
	expect(UH_COMPILE_EXITED, 4); /* signals are blocked in it */
}

static void test_that_cannot_be_started(void **state)
{
	const char *path = script("echo image");

	(void)state;
	chmod(path, 0644);
	run(path, LONG_MS);
	expect(UH_COMPILE_NOT_STARTED, EACCES);
	unlink(path);
	run(path, LONG_MS);
	expect(UH_COMPILE_NOT_STARTED, ENOENT);
	mkdir(path, 0755);
	run(path, LONG_MS);
	expect(UH_COMPILE_NOT_STARTED, EACCES);
	rmdir(path);
	write_conf("compiler", "neither a script nor a program");
	chmod(path, 0755);
	run(path, LONG_MS);
	expect(UH_COMPILE_NOT_STARTED, ENOEXEC);
	write_conf("compiler", "#!/nowhere/sh\n");
	chmod(path, 0755);
	run(path, LONG_MS);
	expect(UH_COMPILE_NOT_STARTED, ENOENT);
}

/*
 * True if a process, which wrote its number to a file, has ended (even if init has not reaped
 * it yet).
 */
static bool has_ended(const char *name)
{
	FILE *file = fopen(path_of(name), "r");
	char path[64], kind = 'Z';
	int number = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &number), 1);
	fclose(file);
	snprintf(path, sizeof(path), "/proc/%d/stat", number);
	file = fopen(path, "r");
	if (!file)
		return true;
	assert_int_equal(fscanf(file, "%*d (%*[^)]) %c", &kind), 1);
	fclose(file);
	return kind == 'Z' || kind == 'X';
}

static void must_end(const char *name)
{
	uint64_t last = uh_clock_ms() + LONG_MS;

	while (!has_ended(name)) {
		if (uh_clock_ms() >= last)
			fail_msg("%s lives on", name);
		usleep(1000);
	}
}

/* Runs a compiler that would run for a minute, and that writes its number and its child's. */
static void run_too_slow(const char *body)
{
	char whole[512];
	uint64_t began = uh_clock_ms();

	snprintf(whole, sizeof(whole), "echo $$ >%s\n", path_of("own"));
	snprintf(whole + strlen(whole), sizeof(whole) - strlen(whole),
		 "(sleep 60 & echo $! >%s)\n%s", path_of("child"), body);
	run(script(whole), SHORT_MS);
	expect(UH_COMPILE_TOO_SLOW, SHORT_MS);
	assert_in_range(uh_clock_ms() - began, SHORT_MS, LONG_MS);
	must_end("own");
	must_end("child");
}

static void test_that_hang(void **state)
{
	(void)state;
	run_too_slow("sleep 60");
	run_too_slow("echo image; sleep 60 & wait");
	run_too_slow("exec 0<&- 1>&- 2>&- 4>&-; sleep 60");
	run_too_slow("printf 'abc' >&4; sleep 60"); /* no number */
	run_too_slow("while :; do echo image; done");
}

/*
 * A child of the compiler keeps the descriptors open, so the output is not complete before the
 * time is up.
 */
static void test_that_leave_a_child(void **state)
{
	char body[256];

	(void)state;
	snprintf(body, sizeof(body), "sleep 60 & echo $! >%s; echo image", path_of("child"));
	run(script(body), SHORT_MS);
	expect_done("image\n");
	must_end("child");
}

/* 20,000 and 100 as little-endian numbers of 32 bits. */
#define ASK_FOR_20_S "printf '\\040\\116\\000\\000' >&4\n"
#define ASK_FOR_100_MS "printf '\\144\\000\\000\\000' >&4\n"

static void test_that_ask_for_another_limit(void **state)
{
	uint64_t began;

	(void)state;
	run(script(ASK_FOR_20_S "sleep 1; echo image"), SHORT_MS);
	expect_done("image\n");
	began = uh_clock_ms();
	run(script(ASK_FOR_20_S ASK_FOR_100_MS "sleep 60"), LONG_MS);
	expect(UH_COMPILE_TOO_SLOW, 100);
	assert_in_range(uh_clock_ms() - began, 0, LONG_MS);
}

/* The keeper is killed, and the compiler with it. */
static void test_killed_in_between(void **state)
{
	char body[256];

	(void)state;
	snprintf(body, sizeof(body), "echo $$ >%s; echo half; kill -KILL $PPID; sleep 60",
		 path_of("own"));
	run(script(body), LONG_MS);
	expect(UH_COMPILE_KILLED, SIGKILL);
	must_end("own");
}

/* The kernel reaps the children of a program that ignores SIGCHLD. */
static void test_ignored_children(void **state)
{
	const char *path = script("exit 3");
	struct sigaction ignored = {.sa_handler = SIG_IGN}, kept;
	struct uh_compiled compiled;

	(void)state;
	for (int i = 0; i < 2; i++) {
		uint64_t mask = block_all();

		sigaction(SIGCHLD, &ignored, &kept);
		end = uh_run_compiler(
		    &(struct uh_compile){.compiler = path, .limit_ms = LONG_MS}, &compiled);
		sigaction(SIGCHLD, &kept, NULL);
		set_mask(mask);
		keep_outcome(&compiled);
		expect(UH_COMPILE_EXITED, 3);
		ignored = (struct sigaction){.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
	}
}

/*
 * Runs as the compiler, in place of a shell, which would change some state: prints its
 * descriptors, its variables and the kernel's view of it.
 */
static int be_compiler(void)
{
	DIR *numbers = opendir("/proc/self/fd");
	uint64_t mask = 0;
	struct dirent *entry;

	while ((entry = readdir(numbers))) {
		char target[64] = "";

		if (*entry->d_name == '.' || atoi(entry->d_name) == dirfd(numbers) ||
		    readlinkat(dirfd(numbers), entry->d_name, target, sizeof(target) - 1) < 0)
			continue;
		if (strchr(target, '['))
			*strchr(target, '[') = '\0';
		printf("%s %s\n", entry->d_name, target);
	}
	closedir(numbers);
	for (char **at = environ; *at; at++)
		printf("variable %s\n", *at);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &mask, sizeof(mask));
	printf("%jx\n%d\n", (uintmax_t)~mask, getsid(0) == getpid());
	return fclose(stdout);
}

static void test_what_it_inherits(void **state)
{
	int fds[3] = {dup(STDOUT_FILENO), dup2(STDOUT_FILENO, 100), dup2(STDOUT_FILENO, 3)};
	char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	(void)state;
	assert_true(length > 0);
	path[length] = '\0';
	setenv("UNHAIRPIN_CONF", "/x", 1);
	setenv("LD_PRELOAD", "/x", 1);
	run(path, LONG_MS);
	unsetenv("LD_PRELOAD");
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	/* SIGKILL and SIGSTOP cannot be blocked. */
	expect_done("0 /dev/null\n1 /memfd:unhairpin routes (deleted)\n2 /dev/null\n4 pipe:\n"
		    "40100\n1\n");
}

/* The result of a run in a child of the test, in which a resource has run out. */
static struct outcome {
	enum uh_compile_end end;
	int code;
	uint32_t open; /* which of the first descriptors were open before, and after */
	uint32_t open_after;
	char text[64];
} * outcome;

static uint32_t open_numbers(void)
{
	uint32_t numbers = 0;

	for (int fd = 0; fd < 32; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			numbers |= UINT32_C(1) << fd;
	return numbers;
}

static void run_in_need(const char *path, void (*begin)(void))
{
	int status;
	pid_t child;

	memset(outcome, 0, sizeof(*outcome));
	child = fork();
	if (child == 0) {
		struct uh_compiled compiled;

		begin();
		outcome->open = open_numbers();
		block_all();
		outcome->end = uh_run_compiler(
		    &(struct uh_compile){.compiler = path, .limit_ms = LONG_MS}, &compiled);
		outcome->code = compiled.code;
		if (compiled.bytes)
			memcpy(outcome->text, compiled.bytes,
			       compiled.size < sizeof(outcome->text) ? compiled.size : 1);
		outcome->open_after = open_numbers();
		_exit(waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(outcome->open, outcome->open_after);
	end = outcome->end;
	code = outcome->code;
	strcpy(text, outcome->text);
}

static void limit(__rlimit_resource_t resource, rlim_t most)
{
	const struct rlimit limit = {most, most};

	if (setrlimit(resource, &limit) != 0)
		_exit(99);
}

static void close_first_three(void)
{
	for (int fd = 0; fd < 3; fd++)
		close(fd);
}

static void close_output(void)
{
	close(STDOUT_FILENO);
}

/* Closes all descriptors except the first three, so that limits count from there. */
static void leave(rlim_t more)
{
	syscall(SYS_close_range, 3, ~0u, 0);
	limit(RLIMIT_NOFILE, 3 + more);
}

static void leave_none(void)
{
	leave(0);
}

static void leave_one(void)
{
	leave(1);
}

static void leave_two(void)
{
	leave(2);
}

static void fill_up_to_one(void)
{
	int fd;

	leave(17);
	while ((fd = dup(STDIN_FILENO)) >= 0 && fd < 3 + 17 - 2)
		;
}

/* The compiler has the descriptors up to 4, and its loader opens 3. */
static void test_descriptors_run_out(void **state)
{
	(void)state;
	run_in_need("/bin/echo", leave_none);
	expect(UH_COMPILE_NOT_STARTED, EMFILE);
	run_in_need("/bin/echo", leave_one);
	expect(UH_COMPILE_NOT_STARTED, EMFILE);
	run_in_need("/bin/echo", leave_two);
	expect_done("-c -n4\n");
	run_in_need("/bin/echo", fill_up_to_one);
	expect_done("-c -n4\n");
}

static void test_first_three_closed(void **state)
{
	(void)state;
	run_in_need("/bin/echo", close_first_three);
	expect_done("-c -n4\n");
	assert_int_equal(outcome->open_after & 7, 0);
	run_in_need("/bin/echo", close_output);
	expect_done("-c -n4\n");
}

/* Becomes a user that no other process belongs to. */
static void become_somebody(rlim_t processes)
{
	uid_t somebody = 1000000 + (uid_t)getpid();

	limit(RLIMIT_NPROC, processes);
	if (setresgid(somebody, somebody, somebody) != 0 ||
	    setresuid(somebody, somebody, somebody) != 0)
		_exit(98);
}

static void leave_no_process(void)
{
	become_somebody(1);
}

static void leave_one_process(void)
{
	become_somebody(2);
}

/* More processes than keeper and compiler, because a sanitizer has a thread of its own. */
static void leave_some_processes(void)
{
	become_somebody(8);
}

static void test_processes_run_out(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("SKIP test_processes_run_out: needs root\n");
		skip();
	}
	run_in_need("/bin/echo", leave_no_process);
	expect(UH_COMPILE_NOT_STARTED, EAGAIN);
	run_in_need("/bin/echo", leave_one_process);
	expect(UH_COMPILE_NOT_STARTED, EAGAIN);
	run_in_need("/bin/echo", leave_some_processes);
	expect_done("-c -n4\n");
}

static void write_no_file(void)
{
	become_somebody(1000);
	limit(RLIMIT_FSIZE, 0);
}

/* The compiler's output counts as a file, so it must raise that limit. */
static void test_files_may_not_grow(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("SKIP test_files_may_not_grow: needs root\n");
		skip();
	}
	run_in_need("/bin/echo", write_no_file);
	expect(UH_COMPILE_EXITED, 1);
}

/* Limits the address space to so many bytes more than are in use. */
static void leave_memory(rlim_t bytes)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file || fscanf(file, "%lu", &pages) != 1)
		_exit(97);
	fclose(file);
	limit(RLIMIT_AS, pages * (rlim_t)sysconf(_SC_PAGESIZE) + bytes);
}

static void leave_no_memory(void)
{
	leave_memory(0);
}

static void leave_little_memory(void)
{
	leave_memory((rlim_t)16 << 20);
}

static void test_memory_runs_out(void **state)
{
	(void)state;
	if (SANITIZED) {
		print_message("SKIP test_memory_runs_out: a sanitizer needs the memory\n");
		skip();
	}
	run_in_need("/bin/echo", leave_no_memory);
	expect(UH_COMPILE_NOT_STARTED, ENOMEM);
	run_in_need("/bin/echo", leave_little_memory);
	expect_done("-c -n4\n");
	run_in_need(script("truncate -s 64M /dev/stdout"), leave_little_memory);
	expect(UH_COMPILE_NOT_STARTED, ENOMEM);
}

static int make_outcome(void **state)
{
	(void)state;
	outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return outcome == MAP_FAILED ? -1 : 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    IN_DIR(test_what_it_prints),
	    cmocka_unit_test(test_arguments),
	    IN_DIR(test_that_fail),
	    IN_DIR(test_that_cannot_be_started),
	    IN_DIR(test_that_hang),
	    IN_DIR(test_that_leave_a_child),
	    IN_DIR(test_that_ask_for_another_limit),
	    IN_DIR(test_killed_in_between),
	    IN_DIR(test_ignored_children),
	    cmocka_unit_test(test_what_it_inherits),
	    cmocka_unit_test(test_descriptors_run_out),
	    cmocka_unit_test(test_first_three_closed),
	    cmocka_unit_test(test_processes_run_out),
	    cmocka_unit_test(test_files_may_not_grow),
	    IN_DIR(test_memory_runs_out),
	};

	if (argc > 1 && strcmp(argv[1], "-c") == 0)
		return be_compiler();
	umask(022);
	return cmocka_run_group_tests_name("run_compiler", tests, make_outcome, NULL);
}
