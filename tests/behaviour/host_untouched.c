/* SPDX-License-Identifier: MIT */
/*
 * host_untouched.c: what belongs to the program is as it was after any number of connections.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "harness.h"

/* No target answers there: refused, or on to the address itself (the decoy). */
#define REFUSES 1101
#define GOES_ON 1102

static void fail_once(uint16_t port)
{
	struct uh_peer peer = uh_public_port(port);
	int fd = uh_socket(0);

	FAILS(uh_try(fd, &peer), ECONNREFUSED);
	close(fd);
}

static void work(void)
{
	for (int i = 0; i < 3; i++) {
		int fd = uh_connected();

		uh_talk(fd);
		uh_peername(fd);
		close(fd);
		fail_once(UH_PORT_NOBODY);
		if (uh_in(UH_NATIVE))
			continue;
		fail_once(REFUSES);
		fd = uh_socket(0);
		uh_connect_port(fd, GOES_ON);
		close(fd);
	}
}

/* What the kernel knows of a signal; libc hides its own two. */
struct disposition {
	void *handler;
	unsigned long flags;
	void *restorer;
	uint64_t mask;
};

static void read_dispositions(struct disposition *all)
{
	memset(all, 0, 65 * sizeof(*all));
	for (int number = 1; number <= 64; number++)
		syscall(SYS_rt_sigaction, number, NULL, &all[number], 8);
}

static void signals(void)
{
	struct disposition before[65], after[65];
	sigset_t masked, still;

	sigemptyset(&masked);
	sigaddset(&masked, SIGUSR2);
	sigaddset(&masked, SIGHUP);
	sigprocmask(SIG_SETMASK, &masked, NULL);
	signal(SIGPIPE, SIG_DFL);
	read_dispositions(before);
	work();
	read_dispositions(after);
	SAME(memcmp(before, after, sizeof(before)), 0);
	sigprocmask(SIG_SETMASK, NULL, &still);
	for (int number = 1; number <= 64; number++)
		SAME(sigismember(&still, number), sigismember(&masked, number));
}

static void descriptors(void)
{
	int before = uh_count_descriptors();

	work();
	SAME(uh_count_descriptors(), before);
}

/* The lines of /proc/self/status that belong to the program. The kernel itself counts the rest.
 */
static void read_status(char *text, size_t size)
{
	static const char *const names[] = {
	    "Umask",  "Uid",	"Gid",	      "FDSize",	 "Groups", "NSpid",  "SigPnd",
	    "ShdPnd", "SigBlk", "SigIgn",     "SigCgt",	 "CapInh", "CapPrm", "CapEff",
	    "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Threads"};
	char line[256];
	FILE *status = fopen("/proc/self/status", "re");
	size_t used = 0, found = 0;

	CHECK(status != NULL);
	while (fgets(line, sizeof(line), status))
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (line[strcspn(line, ":")] &&
			    !strncmp(line, names[i], strcspn(line, ":"))) {
				used += (size_t)snprintf(text + used, size - used, "%s", line);
				found++;
			}
	fclose(status);
	CHECK(found >= 15);
}

static void status_of_process(void)
{
	char before[4096], after[4096];

	signal(SIGUSR1, SIG_IGN);
	read_status(before, sizeof(before));
	work();
	read_status(after, sizeof(after));
	TEXT(after, before);
}

/* Not a byte of it, and it stays where it is. */
static void environment(void)
{
	char **before = environ, copy[65536];
	size_t size = 0, count = 0;

	for (; environ[count]; count++) {
		size_t length = strlen(environ[count]) + 1;

		CHECK(size + length <= sizeof(copy));
		memcpy(copy + size, environ[count], length);
		size += length;
	}
	work();
	CHECK(environ == before);
	CHECK(environ[count] == NULL);
	for (size_t i = 0, at = 0; i < count; at += strlen(copy + at) + 1, i++)
		SAME(strcmp(environ[i], copy + at), 0);
}

static void limits(void)
{
	struct rlimit before[RLIM_NLIMITS], after;

	for (int i = 0; i < RLIM_NLIMITS; i++)
		SAME(getrlimit((__rlimit_resource_t)i, &before[i]), 0);
	work();
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		SAME(getrlimit((__rlimit_resource_t)i, &after), 0);
		SAME(memcmp(&after, &before[i], sizeof(after)), 0);
	}
}

static void threads_and_children(void)
{
	work();
	SAME(uh_status("Threads"), 1);
	FAILS(waitpid(-1, NULL, WNOHANG), ECHILD);
	FAILS(waitpid(-1, NULL, WNOHANG | __WALL), ECHILD);
}

static atomic_bool done;
static atomic_int ended; /* children that a signal or wait(2) told of */

static void child_ended(int number)
{
	(void)number;
	ended++;
}

static void *waits_for_any(void *unused)
{
	siginfo_t info;

	while (!done) {
		if (waitpid(-1, NULL, WNOHANG | WUNTRACED) != -1 || errno != ECHILD)
			ended++;
		if (waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) != -1)
			ended++;
	}
	return unused;
}

/* While the routes are read, too, be it by a compiler or not. */
static void no_child_is_seen(void)
{
	struct sigaction action = {.sa_handler = child_ended};
	pthread_t thread;

	sigaction(SIGCHLD, &action, NULL);
	SAME(pthread_create(&thread, NULL, waits_for_any, NULL), 0);
	work();
	done = true;
	SAME(pthread_join(thread, NULL), 0);
	SAME(ended, 0);
}

/* A program that leaves its children to the kernel, or waits for none. */
static void ignored_children(void)
{
	signal(SIGCHLD, SIG_IGN);
	work();
	CHECK(signal(SIGCHLD, SIG_DFL) == SIG_IGN);
}

static void no_waited_children(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};

	sigaction(SIGCHLD, &action, NULL);
	work();
}

static void surroundings(void)
{
	char before[512], after[512];
	mode_t mask = umask(027);
	char *locale = strdup(setlocale(LC_ALL, NULL)), *path = strdup(getenv("PATH"));

	(void)mask;
	CHECK(getcwd(before, sizeof(before)) != NULL);
	work();
	CHECK(getcwd(after, sizeof(after)) != NULL);
	TEXT(after, before);
	SAME(umask(0), 027);
	TEXT(setlocale(LC_ALL, NULL), locale);
	TEXT(getenv("PATH"), path);
	SAME(getenv("LD_PRELOAD") != NULL, !uh_in(UH_NATIVE));
}

/* Programs with a seed of their own expect the same numbers. */
static void random_numbers(void)
{
	int first, second;

	srand(7);
	first = rand();
	second = rand();
	srand(7);
	SAME(rand(), first);
	work();
	SAME(rand(), second);
}

/* How many mappings there are whose line ends with that. */
static int mapped(const char *end)
{
	size_t length = strlen(end);
	char line[1024];
	int found = 0;
	FILE *maps = fopen("/proc/self/maps", "re");

	CHECK(maps != NULL);
	while (fgets(line, sizeof(line), maps)) {
		size_t whole = strcspn(line, "\n");

		line[whole] = '\0';
		found += whole >= length && !strcmp(line + whole - length, end);
	}
	fclose(maps);
	return found;
}

/* The names of mapped files, each once, but for the routes. */
static void list_mapped(char *text, size_t size)
{
	char line[1024], *name;
	size_t used = 0;
	FILE *maps = fopen("/proc/self/maps", "re");

	CHECK(maps != NULL);
	*text = '\0';
	while (fgets(line, sizeof(line), maps)) {
		name = strchr(line, '/');
		if (!name || strstr(text, name) ||
		    !strncmp(name, "/memfd:unhairpin routes", 23) ||
		    !strcmp(strrchr(name, '/'), "/unhairpin.cache\n"))
			continue;
		used += (size_t)snprintf(text + used, size - used, "%s", name);
		CHECK(used < size);
	}
	fclose(maps);
}

static int count_loaded(struct dl_phdr_info *info, size_t size, void *loaded)
{
	(void)size;
	*(unsigned long long *)loaded = info->dlpi_adds;
	return 1;
}

/* Objects that the loader has ever loaded: each could have used up static TLS. */
static unsigned long long loaded(void)
{
	unsigned long long count = 0;

	dl_iterate_phdr(count_loaded, &count);
	return count;
}

/* No object of any kind comes into the program, and no file but the routes is mapped. */
static void nothing_loaded(void)
{
	char before[4096], after[4096];
	unsigned long long objects = loaded();
	int libc = mapped("/libc.so.6");

	CHECK(mapped("/libunhairpin.so") > 0);
	CHECK(libc > 0 && objects > 0);
	list_mapped(before, sizeof(before));
	work();
	list_mapped(after, sizeof(after));
	TEXT(after, before);
	SAME(mapped("/libc.so.6"), libc);
	SAME(loaded(), objects);
}

static void nothing_visible(void)
{
	static const char *const names[] = {"cfg_init", "cfg_parse", "uh_parse_config",
					    "uh_table_find", "uh_run_compiler"};

	work();
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		CHECK(dlsym(RTLD_DEFAULT, names[i]) == NULL);
}

/* An error that the program did not make is not left for dlerror() to find. */
static void dlerror_is_clear(void)
{
	work();
	CHECK(dlerror() == NULL);
}

/* The program closed its standard error and put a file there: nothing is written into it. */
static void standard_error_is_a_file(void)
{
	struct stat status;
	int file = open(uh_path("data"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct uh_peer refused = uh_public_port(UH_PORT_NOBODY);

	SAME(dup2(file, 2), 2);
	SAME(dup2(file, 1), 1);
	work();
	FAILS(uh_try(uh_socket(0), &refused), ECONNREFUSED);
	SAME(fstat(file, &status), 0);
	SAME(status.st_size, 0);
}

/* Nor where much is to be logged, and there is neither a journal nor /dev/log. */
static void log_everything(void)
{
	setenv("UNHAIRPIN_LOG", "debug", 1);
}

static void log_to_standard_error(void)
{
	setenv("UNHAIRPIN_LOG", "debug:stderr", 1);
}

/* Told to print, it prints; and still only there. */
static void prints_when_told(void)
{
	struct stat status;
	int file = open(uh_path("log"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	SAME(dup2(file, 2), 2);
	descriptors();
	SAME(fstat(file, &status), 0);
	CHECK(status.st_size > 0);
}

static int exit_status;

static void connects_at_exit(void)
{
	struct uh_peer peer = uh_public();
	int fd = socket(uh_family, SOCK_STREAM, 0);

	exit_status = connect(fd, &peer.address, peer.length);
	if (exit_status == 0)
		uh_talk(fd);
	else
		uh_fail(__FILE__, __LINE__, "connect at exit", NULL);
}

/* Destructors and atexit functions may connect after ours have run. */
static void at_exit(void)
{
	atexit(connects_at_exit);
	work();
	exit(0);
}

static void at_exit_first(void)
{
	atexit(connects_at_exit);
	exit(0);
}

/* Constructors of other libraries may connect before ours has run. */
static struct uh_peer early_peer;
static int early_result = 1;

static void __attribute__((constructor)) connects_early(void)
{
	const char *family = getenv("UH_TEST_EARLY");
	int fd;

	if (!family)
		return;
	early_peer = uh_peer(*family == '4' ? "203.0.113.1" : "2001:db8::1", 1001);
	fd = socket(early_peer.address.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	early_result = connect(fd, &early_peer.address, early_peer.length);
	if (fd != 10)
		dup2(fd, 10);
}

static void ask_for_early_connect(void)
{
	setenv("UH_TEST_EARLY", uh_family == AF_INET ? "4" : "6", 1);
}

static void in_constructor(void)
{
	struct uh_peer said;

	SAME(early_result, 0);
	said = uh_peername(10);
	CHECK(uh_peers_equal(&said, &early_peer));
	uh_talk(10);
	work();
}

static const struct uh_test tests[] = {
    {"signals", signals, UH_EVERY, 0, 0},
    {"descriptors", descriptors, UH_EVERY, 0, 0},
    {"/proc/self/status", status_of_process, UH_EVERY, 0, 0},
    {"environment", environment, UH_EVERY, 0, 0},
    {"limits", limits, UH_EVERY, 0, 0},
    {"threads and children", threads_and_children, UH_EVERY, 0, 0},
    {"no child is seen", no_child_is_seen, UH_EVERY, 0, 0},
    {"children are ignored", ignored_children, UH_EVERY, 0, 0},
    {"children are not waited for", no_waited_children, UH_EVERY, 0, 0},
    {"directory, umask, locale, environment", surroundings, UH_EVERY, 0, 0},
    {"random numbers", random_numbers, UH_EVERY, 0, 0},
    {"nothing loaded", nothing_loaded, UH_EVERY & ~UH_NATIVE, 0, 0},
    {"nothing loaded, with a cache", nothing_loaded, UH_ROUTED, uh_compile, 0},
    {"nothing visible", nothing_visible, UH_EVERY & ~UH_NATIVE, 0, 0},
    {"dlerror", dlerror_is_clear, UH_EVERY, 0, 0},
    {"standard error is a file", standard_error_is_a_file, UH_EVERY, 0, 0},
    {"standard error is a file, log debug", standard_error_is_a_file, UH_EVERY, log_everything,
     0},
    {"standard error, when told", prints_when_told, UH_ROUTED, log_to_standard_error, 0},
    {"connect at exit", at_exit, UH_EVERY, 0, 0},
    {"the first connect at exit", at_exit_first, UH_EVERY, 0, 0},
    {"connect in a constructor", in_constructor, UH_UNIX, ask_for_early_connect, 0},
};

UH_SUITE(tests,
	 "route \"203.0.113.1:1101\" { to = {\"unix:$DIR/no\", \"127.0.0.2:7999\"} "
	 "on_failure = \"refuse\" }\n"
	 "route \"[2001:db8::1]:1101\" { to = {\"unix:$DIR/no\", \"[::1]:7999\"} "
	 "on_failure = \"refuse\" }\n"
	 "route \"203.0.113.1:1102\" { to = \"unix:$DIR/no\" }\n"
	 "route \"[2001:db8::1]:1102\" { to = {\"unix:@uh-nobody\", \"[::1]:7999\"} }\n");
