/* SPDX-License-Identifier: MIT */
/* test_datagrams.c: datagrams in the counters of their routes, and in the log. */
#include "made.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "observe/counters.h"
#include "observe/datagrams.h"
#include "observe/log.h"

enum { THREADS = 4, MANY = 20000 };

static char directory[] = "/tmp/unhairpin-datagrams.XXXXXX", path[64];
static struct made *made;
static struct uh_endpoint asked;

static int begin(void **state)
{
	(void)state;
	if (!mkdtemp(directory) || setenv(UH_STATS_VARIABLE, directory, 1) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/%u", directory, (unsigned)geteuid());
	made = MADE_OF({"203.0.113.1:53", "192.0.2.1", .protocol = UH_UDP, .line = 3},
		       {"203.0.113.2:53", "192.0.2.2", .protocol = UH_UDP},
		       {"203.0.113.3:53", "refuse", .protocol = UH_UDP, .line = 4});
	asked = made_endpoint("203.0.113.1", 53);
	uh_count_by(made->table);
	return uh_counts() ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	uh_count_by(NULL);
	made_free(made);
	return unlink(path) | rmdir(directory);
}

/* The route for the address asked for, which a datagram is for. */
static const struct uh_table_route *route_of(const struct uh_endpoint *destination)
{
	const struct uh_table_route *route =
	    uh_table_find(made->table, destination, UH_UDP, NULL);

	assert_non_null(route);
	return route;
}

static void tell(bool sent, int error)
{
	const struct uh_table_route *route = route_of(&asked);

	errno = EDOM;
	uh_tell_datagram(made->table, &asked, route,
			 sent ? uh_table_target(made->table, route, 0) : NULL, error);
	assert_int_equal(errno, EDOM);
}

/* The slot in the file; zeros if there is none. */
static struct uh_counter_slot slot_with(uint64_t id)
{
	struct uh_counter_slot slot;
	int file = open(path, O_RDONLY | O_CLOEXEC);
	off_t at = offsetof(struct uh_counter_file, slot);

	assert_true(file >= 0);
	while (pread(file, &slot, sizeof(slot), at) == sizeof(slot) && slot.route.id != id)
		at += (off_t)sizeof(slot);
	close(file);
	if (slot.route.id != id)
		memset(&slot, 0, sizeof(slot));
	return slot;
}

/* The sum of the route's two slots: of its target, and of those that no target took. */
static struct uh_counter_slot slot_of(const struct uh_table_route *route)
{
	const struct uh_table_target *target = uh_table_target(made->table, route, 0);
	struct uh_counter_slot sum = slot_with(uh_count_id(made->table, route, target));
	struct uh_counter_slot without = slot_with(uh_count_id(made->table, route, NULL));

	assert_int_equal(sum.fallbacks, 0);
	sum.connections += without.connections;
	sum.fallbacks += without.fallbacks;
	for (unsigned i = 0; i < UH_COUNTER_ERRORS; i++)
		sum.failure[i] += without.failure[i];
	return sum;
}

static uint32_t counted(void)
{
	return slot_of(route_of(&asked)).connections;
}

static void test_all_is_written_in_the_end(void **state)
{
	uint32_t before = counted();

	(void)state;
	for (int i = 0; i < MANY; i++)
		tell(true, 0);
	assert_true(counted() > before);
	uh_datagrams_flush();
	assert_int_equal(counted(), before + MANY);
	uh_datagrams_flush();
	assert_int_equal(counted(), before + MANY);
}

static void test_outcomes(void **state)
{
	struct uh_counter_slot before = slot_of(route_of(&asked)), after;

	(void)state;
	for (int i = 0; i < 3; i++)
		tell(true, EPERM);
	tell(false, EPERM);
	tell(true, EMSGSIZE);
	tell(false, 0);
	tell(false, 0);
	tell(true, 0);
	uh_datagrams_flush();
	after = slot_of(route_of(&asked));
	assert_int_equal(after.connections - before.connections, 8);
	assert_int_equal(after.fallbacks - before.fallbacks, 2);
	for (unsigned i = 0; i < UH_COUNTER_ERRORS; i++) {
		int error = uh_counter_slot_error(i);

		assert_int_equal(after.failure[i] - before.failure[i],
				 error == EPERM		      ? 4
				 : error == UH_COUNTER_OTHERS ? 1
							      : 0);
	}
}

static void test_each_route_has_its_own(void **state)
{
	const struct uh_endpoint other = made_endpoint("203.0.113.2", 53);
	uint32_t before = counted(), others = slot_of(route_of(&other)).connections;

	(void)state;
	tell(true, 0);
	for (int i = 0; i < 5; i++)
		uh_tell_datagram(made->table, &other, route_of(&other),
				 uh_table_target(made->table, route_of(&other), 0), 0);
	uh_datagrams_flush();
	assert_int_equal(counted(), before + 1);
	assert_int_equal(slot_of(route_of(&other)).connections, others + 5);
}

/* Nothing is counted of a datagram that no route is for. */
static void test_no_route(void **state)
{
	uint32_t before = counted();

	(void)state;
	uh_tell_datagram(NULL, &asked, NULL, NULL, 0);
	uh_tell_datagram(made->table, &asked, NULL, NULL, EPERM);
	uh_datagrams_flush();
	assert_int_equal(counted(), before);
}

static void test_a_child_has_nothing_of_its_parent(void **state)
{
	uint32_t before = counted();
	int status;
	pid_t child;

	(void)state;
	for (int i = 0; i < 10; i++)
		tell(true, 0);
	child = fork();
	if (child == 0) {
		uh_datagrams_after_fork_in_child();
		for (int i = 0; i < 5; i++)
			tell(true, 0);
		uh_datagrams_flush();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	uh_datagrams_flush();
	assert_int_equal(counted(), before + 15);
}

static void *tell_many(void *context)
{
	for (int i = 0; i < MANY; i++)
		tell(true, i % 2 ? 0 : ECONNREFUSED);
	return context;
}

static void test_threads(void **state)
{
	struct uh_counter_slot before = slot_of(route_of(&asked)), after;
	pthread_t thread[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, tell_many, NULL), 0);
	for (int i = 0; i < 100; i++)
		uh_datagrams_flush();
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	uh_datagrams_flush();
	after = slot_of(route_of(&asked));
	assert_int_equal(after.connections - before.connections, THREADS * MANY);
	assert_int_equal(after.failure[0] - before.failure[0], THREADS * MANY / 2);
}

/* After the file was replaced, all are counted in the new one: in the route's slot, or as
 * unplaced if no datagram follows for which the slot is searched. */
static void test_a_new_file(void **state)
{
	struct uh_counter_file head;
	int file;

	(void)state;
	uh_datagrams_flush();
	assert_int_equal(unlink(path), 0);
	uh_count_look();
	for (int i = 0; i < 3; i++)
		tell(true, 0);
	uh_datagrams_flush();
	file = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(file, &head, offsetof(struct uh_counter_file, slot)),
			 offsetof(struct uh_counter_file, slot));
	close(file);
	assert_int_equal(counted() + head.unplaced, 3);
}

/* The text of the log, which is emptied. */
static const char *logged(const char *log)
{
	static char text[1024];
	int file = open(log, O_RDONLY | O_CLOEXEC);
	ssize_t size = 0;

	if (file >= 0) {
		size = read(file, text, sizeof(text) - 1);
		close(file);
		unlink(log);
	}
	assert_true(size >= 0);
	text[size] = '\0';
	return text;
}

static void test_log(void **state)
{
	const struct uh_endpoint other = made_endpoint("203.0.113.3", 53);
	char log[80], expected[1024];
	int pid = (int)getpid();

	(void)state;
	snprintf(log, sizeof(log), "%s/log", directory);
	uh_log_open(UH_LOG_INFO, log);
	tell(true, 0);
	assert_string_equal(logged(log), "");
	uh_log_open(UH_LOG_DEBUG, log);
	tell(true, 0);
	tell(false, 0);
	uh_tell_datagram(made->table, &other, route_of(&other), NULL, EPERM);
	snprintf(
	    expected, sizeof(expected),
	    "unhairpin[%d]: a datagram for 203.0.113.1:53 goes to 192.0.2.1:53 (a.conf:3)\n"
	    "unhairpin[%d]: a datagram for 203.0.113.1:53 goes to the original address "
	    "(a.conf:3): no IP target\n"
	    "unhairpin[%d]: a datagram for 203.0.113.3:53 is refused (a.conf:4)\n",
	    pid, pid, pid);
	assert_string_equal(logged(log), expected);
	uh_log_open(UH_LOG_WARNING, "journal");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_is_written_in_the_end),
	    cmocka_unit_test(test_outcomes),
	    cmocka_unit_test(test_each_route_has_its_own),
	    cmocka_unit_test(test_no_route),
	    cmocka_unit_test(test_a_child_has_nothing_of_its_parent),
	    cmocka_unit_test(test_threads),
	    cmocka_unit_test(test_a_new_file),
	    cmocka_unit_test(test_log),
	};

	return cmocka_run_group_tests_name("datagrams", tests, begin, end);
}
