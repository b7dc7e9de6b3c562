/* SPDX-License-Identifier: MIT */
/* client.c: the preloaded process: many threads that connect, and what the process holds. */
#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "soak.h"

enum { STACK = 256 << 10, THREADS_MAX = 256, WARM_UP_SHARE = 10 };

/* What may be more in the end than after the warm-up: nothing that grows with connections. */
enum { SLACK_KIB = 2048, SLACK_HEAP = 64 << 10, SLACK_MAPPINGS = 8 };

static atomic_ulong left, answered[SOAK_NAMES], wrong;
static atomic_bool over;

void soak_wrong(const char *format, ...)
{
	va_list arguments;

	if (atomic_fetch_add(&wrong, 1) >= 20)
		return;
	va_start(arguments, format);
	flockfile(stdout);
	fputs("wrong: ", stdout);
	vprintf(format, arguments);
	putchar('\n');
	fflush(stdout);
	funlockfile(stdout);
	va_end(arguments);
}

/* Servers A and V4 die now and then: then others answer, or nobody. */
static unsigned allowed(enum soak_port port)
{
	const unsigned mortal = SOAK_PUBLIC | SOAK_LOST | SOAK_REFUSED;

	switch (port) {
	case SOAK_TO_PATH:
		return SOAK_PATH_A | SOAK_PATH_B | SOAK_PUBLIC | SOAK_LOST;
	case SOAK_TO_ABSTRACT:
		return SOAK_ABSTRACT;
	case SOAK_TO_OWN:
	case SOAK_TO_OTHER:
		return SOAK_V4 | SOAK_V6 | mortal;
	case SOAK_TO_LIST:
		return SOAK_PATH_A | SOAK_PATH_B | SOAK_LOST;
	case SOAK_TO_REFUSAL:
		return SOAK_REFUSED;
	case SOAK_TO_DATAGRAM:
		return SOAK_DATAGRAM;
	default:
		return SOAK_PUBLIC;
	}
}

/* xorshift: each thread has its own numbers, the same in every run. */
static unsigned next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static bool take_one(void)
{
	unsigned long now = atomic_load(&left);

	while (now && !atomic_load(&over))
		if (atomic_compare_exchange_weak(&left, &now, now - 1))
			return true;
	return false;
}

static void *connects(void *number)
{
	uint32_t state = 2463534242U + (uint32_t)(uintptr_t)number * 2654435761U;

	while (take_one()) {
		enum soak_port port;
		enum soak_name name = soak_connect(next_random(&state), &port);

		if (!(name & allowed(port)))
			soak_wrong("port %d is answered by %d", (int)port, (int)name);
		for (int i = 0; i < SOAK_NAMES; i++)
			if ((int)name == 1 << i)
				atomic_fetch_add(&answered[i], 1);
	}
	return NULL;
}

/* Small stacks, which glibc keeps for the next threads: the number of mappings is steady. */
static void run(unsigned threads, unsigned long connections)
{
	pthread_t thread[THREADS_MAX];
	pthread_attr_t attributes;

	atomic_store(&left, connections);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK);
	for (unsigned i = 0; i < threads; i++)
		if (pthread_create(&thread[i], &attributes, connects, (void *)(uintptr_t)i) !=
		    0) {
			perror("soak");
			exit(1);
		}
	for (unsigned i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	pthread_attr_destroy(&attributes);
}

/* What the process holds. */
struct held {
	long resident_kib, heap, descriptors, mappings;
};

static long count_entries(const char *path)
{
	DIR *list = opendir(path);
	long count = -3; /* ".", ".." and the listing's own */

	while (list && readdir(list))
		count++;
	if (list)
		closedir(list);
	return count;
}

static struct held measure(void)
{
	struct held held = {.heap = (long)mallinfo2().uordblks,
			    .descriptors = count_entries("/proc/self/fd")};
	char line[512];
	FILE *file = fopen("/proc/self/status", "re");

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "VmRSS:", 6) == 0)
			held.resident_kib = strtol(line + 6, NULL, 10);
	if (file)
		fclose(file);
	file = fopen("/proc/self/maps", "re");
	while (file && fgets(line, sizeof(line), file))
		held.mappings++;
	if (file)
		fclose(file);
	return held;
}

static void compare(const char *what, long before, long after, long slack)
{
	printf("%s: %ld after the warm-up, %ld in the end\n", what, before, after);
	if (after > before + slack)
		soak_wrong("%s grew by %ld; at most %ld are allowed", what, after - before,
			   slack);
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) +
	       (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void *ends_after(void *seconds)
{
	struct timespec wait = {.tv_sec = (time_t)(uintptr_t)seconds};

	nanosleep(&wait, NULL);
	atomic_store(&over, true);
	return NULL;
}

static void print_answers(double seconds)
{
	static const char *const name[SOAK_NAMES] = {"path a", "path b",  "abstract",
						     "IPv4",   "IPv6",	  "datagram",
						     "public", "refused", "lost"};
	unsigned long sum = 0;

	for (int i = 0; i < SOAK_NAMES; i++) {
		printf("%s%s %lu", i ? ", " : "answered by ", name[i],
		       atomic_load(&answered[i]));
		sum += atomic_load(&answered[i]);
	}
	printf("\n%lu connections in %.0f s\n", sum, seconds);
}

int soak_client(unsigned threads, unsigned long connections, unsigned seconds)
{
	struct held before, after;
	struct rlimit files;
	struct timespec start;
	pthread_t timer;

	mallopt(M_ARENA_MAX, 1);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	threads = threads < THREADS_MAX ? threads : THREADS_MAX;
	clock_gettime(CLOCK_MONOTONIC, &start);
	/* A timer in both: the second must not find a thread less. */
	run(threads, seconds ? 20000 : connections / WARM_UP_SHARE);
	measure();
	before = measure();
	if (seconds &&
	    pthread_create(&timer, NULL, ends_after, (void *)(uintptr_t)seconds) == 0)
		pthread_detach(timer);
	run(threads, seconds ? ~0UL : connections - connections / WARM_UP_SHARE);
	after = measure();
	print_answers(seconds_since(&start));
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
	puts("SKIP memory and mappings: a sanitizer has its own, too");
#else
	compare("resident KiB", before.resident_kib, after.resident_kib, SLACK_KIB);
	compare("heap bytes", before.heap, after.heap, SLACK_HEAP);
	compare("mappings", before.mappings, after.mappings, SLACK_MAPPINGS);
#endif
	compare("descriptors", before.descriptors, after.descriptors, 0);
	for (int i = 0; i < SOAK_NAMES; i++)
		if (!atomic_load(&answered[i]))
			soak_wrong("answer %d never came: nothing was soaked there", 1 << i);
	printf("%lu wrong\n", atomic_load(&wrong));
	return atomic_load(&wrong) > 0;
}
