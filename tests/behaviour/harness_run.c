/* SPDX-License-Identifier: MIT */
/*
 * harness_run.c: runs every test of the suite in every mode and family, each in a process of
 * its own.
 */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "harness.h"

enum uh_mode uh_mode;
int uh_family;
const char *uh_dir;
const char *uh_build;

static char self[PATH_MAX], build[PATH_MAX];
static int passed, failed, skipped;
static volatile pid_t running; /* the test's process, which leads a group */

static const struct {
	enum uh_mode mode;
	const char *name;
} modes[] = {
    {UH_NATIVE, "native"},
    {UH_UNROUTED, "unrouted"},
    {UH_UNIX, "unix"},
    {UH_ABSTRACT, "abstract"},
    {UH_IP, "ip"},
    {UH_OTHER, "other"},
    {UH_PRELOADED, "preloaded"},
};

/* UH_BUILD, or two levels over this program: .build/tests/behaviour/NAME. */
static void find_build(void)
{
	const char *given = getenv("UH_BUILD");
	char path[PATH_MAX + 8];

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		exit(1);
	snprintf(path, sizeof(path), "%s", self);
	for (int i = 0; i < 3 && strrchr(path, '/'); i++)
		*strrchr(path, '/') = '\0';
	if (!realpath(given ? given : path, build))
		build[0] = '\0';
	uh_build = build;
}

static bool object_exists(void)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/libunhairpin.so", build);
	return access(path, R_OK) == 0;
}

static void set_environment(void)
{
	char text[PATH_MAX + 32];

	unsetenv("LD_PRELOAD");
	unsetenv("UNHAIRPIN");
	unsetenv("UNHAIRPIN_ROUTES");
	unsetenv("UNHAIRPIN_COMPILED");
	unsetenv("UNHAIRPIN_LOG");
	setenv("UH_TEST_DIR", uh_dir, 1);
	setenv("UH_BUILD", build, 1);
	unlink(uh_path("unhairpin.cache"));
	if (uh_in(UH_NATIVE))
		return;
	snprintf(text, sizeof(text), "%s/libunhairpin.so", build);
	setenv("LD_PRELOAD", text, 1);
	setenv("UNHAIRPIN_CONF", uh_path("unhairpin.conf"), 1);
}

/*
 * In the child: a standard input and output of its own, the report on a high number, then exec.
 */
static void become(size_t index, int report)
{
	char which[3][16];
	int out = open(uh_path("output"), O_RDWR | O_CREAT | O_TRUNC, 0666);
	int null = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(report, UH_REPORT);
	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	close_range(3, UH_REPORT - 1, 0);
	close_range(UH_REPORT + 1, ~0U, 0);
	set_environment();
	if (uh_suite.tests[index].setup)
		uh_suite.tests[index].setup();
	snprintf(which[0], sizeof(which[0]), "%zu", index);
	snprintf(which[1], sizeof(which[1]), "%d", (int)uh_mode);
	snprintf(which[2], sizeof(which[2]), "%d", uh_family);
	execl(self, self, "--run", which[0], which[1], which[2], (char *)NULL);
	uh_fail(__FILE__, __LINE__, "exec", NULL);
}

/* The wait status, after at most so many seconds; a hung test is killed. */
static int wait_for(pid_t child, int seconds)
{
	struct pollfd ended = {.fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN};
	int status = 0;
	bool hung = poll(&ended, 1, seconds * 1000) == 0;

	kill(-child, SIGKILL);
	waitpid(child, &status, 0);
	close(ended.fd);
	return hung ? -1 : status;
}

/* The first line that a test printed, which none does: an object that prints is at fault. */
static bool printed(char *text, size_t size)
{
	int out = open(uh_path("output"), O_RDONLY | O_CLOEXEC);
	ssize_t got = read(out, text, size - 1);

	close(out);
	text[got > 0 ? got : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return got > 0;
}

static void judge(const char *label, int status, const char *report)
{
	char output[200];

	if (status == -1) {
		printf("FAIL %s: hung\n", label);
	} else if (WIFSIGNALED(status)) {
		printf("FAIL %s: killed by %s\n", label, strsignal(WTERMSIG(status)));
	} else if (WEXITSTATUS(status) == UH_EXIT_SKIP) {
		skipped++;
		printf("SKIP %s: %s", label, report);
		return;
	} else if (*report) {
		printf("FAIL %s: %s", label, report);
	} else if (WEXITSTATUS(status)) {
		printf("FAIL %s: exit status %d\n", label, WEXITSTATUS(status));
	} else if (printed(output, sizeof(output))) {
		printf("FAIL %s: printed \"%s\"\n", label, output);
	} else {
		passed++;
		printf("ok %s\n", label);
		return;
	}
	failed++;
}

static void run_one(size_t index, const char *label)
{
	const struct uh_test *test = &uh_suite.tests[index];
	char report[1024] = "";
	int ends[2], status;
	ssize_t got;
	pid_t child;

	if (!uh_in(UH_NATIVE) && !object_exists()) {
		skipped++;
		printf("SKIP %s: no libunhairpin.so in %s\n", label, build);
		return;
	}
	if (pipe2(ends, O_CLOEXEC) < 0)
		exit(1);
	fflush(stdout);
	child = fork();
	if (child == 0)
		become(index, ends[1]);
	running = child;
	close(ends[1]);
	status = wait_for(child, test->seconds ? test->seconds : 20);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	got = read(ends[0], report, sizeof(report) - 1);
	report[got > 0 ? got : 0] = '\0';
	running = 0;
	close(ends[0]);
	judge(label, status, report);
}

static void run_family(size_t index, const char *mode, int family)
{
	const struct uh_test *test = &uh_suite.tests[index];
	int wanted = test->modes & (UH_V4 | UH_V6);
	char label[160];

	uh_family = family;
	if (wanted && !(wanted & (family == AF_INET ? UH_V4 : UH_V6)))
		return;
	snprintf(label, sizeof(label), "%s[%s,%s]", test->name, mode,
		 family == AF_INET ? "v4" : "v6");
	run_one(index, label);
}

static void run_all(void)
{
	for (size_t i = 0; i < uh_suite.count; i++) {
		for (size_t m = 0; m < sizeof(modes) / sizeof(modes[0]); m++) {
			uh_mode = modes[m].mode;
			if (!(uh_suite.tests[i].modes & uh_mode))
				continue;
			run_family(i, modes[m].name, AF_INET);
			run_family(i, modes[m].name, AF_INET6);
		}
	}
}

/* The exec'ed process: "--run INDEX MODE FAMILY". */
static int run_here(char **argument)
{
	size_t index = strtoul(argument[0], NULL, 10);

	uh_mode = (enum uh_mode)atoi(argument[1]);
	uh_family = atoi(argument[2]);
	uh_dir = getenv("UH_TEST_DIR");
	uh_build = getenv("UH_BUILD");
	uh_suite.tests[index].function();
	return 0;
}

static void interrupted(int number)
{
	if (running > 0)
		kill(-running, SIGKILL);
	uh_world_end();
	_exit(128 + number);
}

int main(int count, char **argument)
{
	if (count == 5 && !strcmp(argument[1], "--run"))
		return run_here(argument + 2);
	find_build();
	signal(SIGINT, interrupted);
	signal(SIGTERM, interrupted);
	if (!uh_world_make()) {
		printf("SKIP %s: no network name space: %s\n", strrchr(self, '/') + 1,
		       strerror(errno));
		return 0;
	}
	signal(SIGPIPE, SIG_IGN);
	run_all();
	uh_world_end();
	printf("%s: %d passed, %d failed, %d skipped\n", strrchr(self, '/') + 1, passed, failed,
	       skipped);
	return failed > 0;
}
