/* SPDX-License-Identifier: MIT */
/* test_snapshot.c: snapshots of the routes that come and go under their readers. */
#include "made.h"

#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "routes/snapshot.h"

enum { READERS = 16, CHANGES = 20000 };

/* A snapshot whose image is one page, which says who it is for as long as it is mapped. */
static struct uh_snapshot *make(uint32_t name)
{
	struct uh_snapshot *snapshot = uh_snapshot_new();

	if (!snapshot)
		return NULL;
	snapshot->cache.size = 4096;
	snapshot->cache.image =
	    mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(snapshot->cache.image != MAP_FAILED);
	*(uint32_t *)snapshot->cache.image = name;
	snapshot->routes.table = snapshot->cache.image;
	return snapshot;
}

static void publish(uint32_t name)
{
	struct uh_snapshot *snapshot = make(name);

	assert_non_null(snapshot);
	uh_snapshot_publish(snapshot);
}

static uint32_t name_of(const struct uh_routes *routes)
{
	return *(const uint32_t *)(const void *)routes->table;
}

static bool is_mapped(const void *page)
{
	unsigned char in_memory;

	return mincore((void *)page, 4096, &in_memory) == 0;
}

static void test_none_at_first(void **state)
{
	(void)state;
	assert_null(uh_snapshot_acquire());
	assert_null(uh_snapshot_newest());
}

static void test_the_newest(void **state)
{
	const struct uh_routes *routes;

	(void)state;
	publish(1);
	publish(2);
	routes = uh_snapshot_acquire();
	assert_int_equal(name_of(routes), 2);
	assert_ptr_equal(routes, &uh_snapshot_newest()->routes);
	uh_snapshot_release(routes);
}

static void test_held_as_long_as_needed(void **state)
{
	const struct uh_routes *old, *twice, *new;
	const void *page;

	(void)state;
	publish(3);
	old = uh_snapshot_acquire();
	twice = uh_snapshot_acquire();
	page = old->table;
	publish(4);
	new = uh_snapshot_acquire();
	assert_int_equal(name_of(old), 3);
	assert_int_equal(name_of(new), 4);
	uh_snapshot_release(old);
	assert_true(is_mapped(page));
	uh_snapshot_release(twice);
	assert_false(is_mapped(page));
	uh_snapshot_release(new);
}

static void test_unread_goes_at_once(void **state)
{
	const void *page;

	(void)state;
	publish(5);
	page = uh_snapshot_newest()->routes.table;
	publish(6);
	assert_false(is_mapped(page));
}

static void test_dropped_before_published(void **state)
{
	(void)state;
	for (int i = 0; i < 3 * UH_SNAPSHOTS; i++) {
		struct uh_snapshot *snapshot = make(7);
		const void *page = snapshot->cache.image;

		uh_snapshot_discard(snapshot);
		assert_false(is_mapped(page));
	}
	assert_int_equal(name_of(&uh_snapshot_newest()->routes), 6);
}

/* A thread that holds one snapshot until it may go. */
struct holder {
	pthread_t thread;
	const struct uh_routes *routes;
	sem_t holds, may_go;
};

static void *hold_one(void *context)
{
	struct holder *holder = context;

	holder->routes = uh_snapshot_acquire();
	sem_post(&holder->holds);
	while (sem_wait(&holder->may_go) != 0)
		;
	uh_snapshot_release(holder->routes);
	return NULL;
}

static void start_holder(struct holder *holder)
{
	sem_init(&holder->holds, 0, 0);
	sem_init(&holder->may_go, 0, 0);
	assert_int_equal(pthread_create(&holder->thread, NULL, hold_one, holder), 0);
	while (sem_wait(&holder->holds) != 0)
		;
}

static void end_holder(struct holder *holder)
{
	sem_post(&holder->may_go);
	assert_int_equal(pthread_join(holder->thread, NULL), 0);
	sem_destroy(&holder->holds);
	sem_destroy(&holder->may_go);
}

/* The writer is told; with the first reader that leaves there is room again. */
static void test_all_are_held(void **state)
{
	static struct holder holder[UH_SNAPSHOTS];
	struct uh_snapshot *snapshot;
	uint32_t count = 0;

	(void)state;
	start_holder(&holder[count++]);
	while ((snapshot = make(100 + count))) {
		uh_snapshot_publish(snapshot);
		start_holder(&holder[count++]);
	}
	assert_int_equal(count, UH_SNAPSHOTS);
	for (uint32_t i = 1; i < count; i++)
		assert_int_equal(name_of(holder[i].routes), 100 + i);
	end_holder(&holder[5]);
	publish(200);
	for (uint32_t i = 0; i < count; i++)
		if (i != 5)
			end_holder(&holder[i]);
	publish(201);
}

/* Calls that never give back what they hold, because a handler left them by siglongjmp(3). */
static void test_never_released(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 3 * UH_SNAPSHOTS; i++) {
		const struct uh_routes *left = uh_snapshot_acquire();

		assert_non_null(left);
		publish(300 + i);
	}
}

/* After calls that were left, a call and the handlers that interrupt it hold theirs. */
static void test_held_after_those(void **state)
{
	const struct uh_routes *held[UH_HELD];

	(void)state;
	for (uint32_t i = 0; i < UH_HELD; i++) {
		held[i] = uh_snapshot_acquire();
		publish(500 + i);
	}
	for (uint32_t i = 1; i < UH_HELD; i++)
		assert_int_equal(name_of(held[i]), 499 + i);
	for (int i = UH_HELD - 1; i >= 0; i--)
		uh_snapshot_release(held[i]);
	publish(600);
}

static atomic_bool stop;
static atomic_ulong reads;
static pthread_barrier_t started;

/* Every page that is held has its name in it, and names only rise. Each reader reads once at
 * least: valgrind runs one thread at a time, and may let the writer finish first. */
static void *read_on(void *unused)
{
	uint32_t last = 0;

	pthread_barrier_wait(&started);
	do {
		const struct uh_routes *routes = uh_snapshot_acquire();
		uint32_t name = name_of(routes);

		if (name < last || name != name_of(routes))
			return (void *)1;
		last = name;
		uh_snapshot_release(routes);
		atomic_fetch_add(&reads, 1);
	} while (!atomic_load(&stop));
	return unused;
}

static long mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	long lines = 0;
	int c;

	assert_non_null(maps);
	while ((c = fgetc(maps)) != EOF)
		lines += c == '\n';
	fclose(maps);
	return lines;
}

static void test_many_readers(void **state)
{
	pthread_t thread[READERS];
	long before;

	(void)state;
	publish(1000);
	before = mappings();
	assert_int_equal(pthread_barrier_init(&started, NULL, READERS + 1), 0);
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, read_on, NULL), 0);
	pthread_barrier_wait(&started);
	for (uint32_t i = 1; i <= CHANGES; i++) {
		struct uh_snapshot *snapshot = make(1000 + i);

		if (snapshot)
			uh_snapshot_publish(snapshot);
		else
			i--; /* all held by readers that were put off their processor */
	}
	atomic_store(&stop, true);
	for (int i = 0; i < READERS; i++) {
		void *wrong;

		pthread_join(thread[i], &wrong);
		assert_null(wrong);
	}
	pthread_barrier_destroy(&started);
	assert_in_range(atomic_load(&reads), READERS, ULONG_MAX);
	/* libc keeps the threads' stacks, sanitizers some more; a snapshot each would be
	 * thousands. */
	assert_in_range(mappings(), 1, before + CHANGES / 20);
}

static void *hold_and_wait(void *unused)
{
	const struct uh_routes *routes = uh_snapshot_acquire();

	pthread_barrier_wait(&started);
	while (!atomic_load(&stop))
		usleep(1000);
	uh_snapshot_release(routes);
	return unused;
}

/* The reader is no thread of the child's: there the snapshot goes with the next one. */
static void test_forked_child(void **state)
{
	const void *page;
	pthread_t thread;
	int status;
	pid_t child;

	(void)state;
	atomic_store(&stop, false);
	publish(30000);
	page = uh_snapshot_newest()->routes.table;
	assert_int_equal(pthread_barrier_init(&started, NULL, 2), 0);
	assert_int_equal(pthread_create(&thread, NULL, hold_and_wait, NULL), 0);
	pthread_barrier_wait(&started);
	child = fork();
	if (child == 0) {
		uh_snapshots_after_fork();
		publish(30001);
		_exit(is_mapped(page));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	publish(30001);
	assert_true(is_mapped(page));
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&started);
	assert_false(is_mapped(page));
}

/* A handler that interrupted a reader may fork: in the child that reader goes on. */
static void test_forked_reader(void **state)
{
	const struct uh_routes *routes = uh_snapshot_acquire();
	int status;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		uh_snapshots_after_fork();
		publish(30002);
		_exit(!is_mapped(routes->table));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	uh_snapshot_release(routes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_none_at_first),
	    cmocka_unit_test(test_the_newest),
	    cmocka_unit_test(test_held_as_long_as_needed),
	    cmocka_unit_test(test_unread_goes_at_once),
	    cmocka_unit_test(test_dropped_before_published),
	    cmocka_unit_test(test_all_are_held),
	    cmocka_unit_test(test_never_released),
	    cmocka_unit_test(test_held_after_those),
	    cmocka_unit_test(test_many_readers),
	    cmocka_unit_test(test_forked_child),
	    cmocka_unit_test(test_forked_reader),
	};

	return cmocka_run_group_tests_name("snapshots", tests, NULL, NULL);
}
