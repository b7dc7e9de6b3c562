/* SPDX-License-Identifier: MIT */
/* test_datagram_trace.c: the messages that a trace gets of datagrams. */
#include "made.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "names/resolved_names.h"
#include "observe/datagrams.h"
#include "observe/trace_channel.h"

enum { THREADS = 4, MANY = 20000, DESTINATIONS = 1000 };

static int collector;
static struct made *made;

/* Listens as `unhairpin trace` does, and has the messages sent here. */
static int begin(void **state)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	char value[80];
	int length =
	    snprintf(value, sizeof(value), "@unhairpin-datagrams-%d:", (int)getpid()) - 1;

	(void)state;
	memset(value + length + 1, 'k', UH_TRACE_KEY);
	value[length + 1 + UH_TRACE_KEY] = '\0';
	memcpy(name.sun_path + 1, value + 1, (size_t)length - 1);
	collector = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(collector, (struct sockaddr *)&name,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length)) != 0 ||
	    listen(collector, 4 * DESTINATIONS) != 0)
		return -1;
	uh_trace_open(value);
	made = MADE_OF({"203.0.113.1:53", "192.0.2.1:5353", .protocol = UH_UDP, .line = 3});
	return uh_traces() ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	made_free(made);
	return close(collector);
}

/* The sum of the messages that have arrived, and the last of them. */
struct received {
	unsigned messages;
	uint64_t datagrams;
	struct {
		struct uh_trace_message head;
		char rest[UH_TRACE_TEXTS * UH_TRACE_TEXT_MAX + 1];
	} last;
};

/* Takes the messages from the channel; with an errno, only those that have it are counted. */
static struct received receive(int error)
{
	struct received received = {0};
	int fd;

	while ((fd = accept(collector, NULL, NULL)) >= 0) {
		ssize_t size = recv(fd, &received.last, sizeof(received.last) - 1, 0);

		close(fd);
		assert_true(size >= (ssize_t)sizeof(received.last.head));
		received.last.rest[(size_t)size - sizeof(received.last.head)] = '\0';
		assert_int_equal(received.last.head.kind, UH_TRACE_DATAGRAMS);
		assert_int_equal(received.last.head.protocol, IPPROTO_UDP);
		assert_int_equal(received.last.head.lost, 0);
		assert_true(received.last.head.datagrams > 0);
		assert_true(received.last.head.start > 0);
		received.messages++;
		if (!error || received.last.head.error == error)
			received.datagrams += received.last.head.datagrams;
	}
	return received;
}

/* Reports datagrams that no route is for. */
static void tell(unsigned port, int error, int number)
{
	const struct uh_endpoint asked = made_endpoint("203.0.113.9", port);

	errno = EDOM;
	for (int i = 0; i < number; i++)
		uh_tell_datagram(NULL, &asked, NULL, NULL, error);
	assert_int_equal(errno, EDOM);
}

/* Ends what another test began. */
static int nothing_waits(void **state)
{
	(void)state;
	uh_datagrams_flush();
	receive(0);
	return 0;
}

static void test_the_first_is_sent_at_once(void **state)
{
	struct received received;

	(void)state;
	tell(1000, 0, 1);
	received = receive(0);
	assert_int_equal(received.messages, 1);
	assert_int_equal(received.datagrams, 1);
	assert_int_equal(received.last.head.port, 1000);
	assert_int_equal(received.last.head.error, 0);
	assert_int_equal(received.last.head.version, UH_TRACE_VERSION);
}

/* A message a second, and one for the rest. */
static void test_later_ones_are_added_up(void **state)
{
	time_t before = time(NULL);
	struct received received;

	(void)state;
	tell(1001, 0, MANY);
	uh_datagrams_flush();
	received = receive(0);
	assert_int_equal(received.datagrams, MANY);
	assert_in_range(received.messages, 1, time(NULL) - before + 2);
	uh_datagrams_flush();
	assert_int_equal(receive(0).messages, 0);
}

static void test_results_are_apart(void **state)
{
	(void)state;
	tell(1002, 0, 5);
	tell(1002, EPERM, 3);
	tell(1002, 0, 5);
	uh_datagrams_flush();
	assert_int_equal(receive(EPERM).datagrams, 3);
	tell(1002, 0, 2);
	tell(1002, EPERM, 2);
	uh_datagrams_flush();
	assert_int_equal(receive(0).datagrams, 4);
}

static void test_texts(void **state)
{
	const struct uh_endpoint asked = made_endpoint("203.0.113.1", 53);
	const struct uh_table_route *route = uh_table_find(made->table, &asked, UH_UDP, NULL);
	struct received received;

	(void)state;
	assert_non_null(route);
	uh_resolved_name_put(&asked.address, "dns.example.com");
	uh_tell_datagram(made->table, &asked, route, uh_table_target(made->table, route, 0), 0);
	received = receive(0);
	assert_int_equal(received.messages, 1);
	assert_memory_equal(received.last.rest, "dns.example.com", 15);
	assert_non_null(strstr(received.last.rest, "203.0.113.1:53a.conf:3192.0.2.1:5353"));
	uh_tell_datagram(made->table, &asked, route, NULL, EPERM);
	received = receive(0);
	assert_int_equal(received.last.head.error, EPERM);
	assert_int_equal(received.last.head.length[UH_TRACE_TARGET], 0);
	assert_int_equal(received.last.head.length[UH_TRACE_PLACE], 8);
}

/* More destinations than there is room for: what waits for one is sent before it gives way. */
static void test_many_destinations(void **state)
{
	struct received received;

	(void)state;
	for (unsigned i = 0; i < DESTINATIONS; i++)
		tell(2000 + i, 0, 3);
	uh_datagrams_flush();
	received = receive(0);
	assert_int_equal(received.datagrams, 3 * DESTINATIONS);
	assert_true(received.messages >= DESTINATIONS);
}

static void test_a_child_has_nothing_of_its_parent(void **state)
{
	int status;
	pid_t child;

	(void)state;
	tell(1003, 0, 10);
	child = fork();
	if (child == 0) {
		uh_datagrams_after_fork_in_child();
		tell(1003, 0, 5);
		uh_datagrams_flush();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	uh_datagrams_flush();
	assert_int_equal(receive(0).datagrams, 15);
}

static void test_a_later_trace_gets_no_earlier_numbers(void **state)
{
	const uint32_t channel = atomic_load(&uh_trace_channel);

	(void)state;
	tell(1004, 0, 10);
	receive(0);
	atomic_store(&uh_trace_channel, channel + 4);
	uh_datagrams_flush();
	assert_int_equal(receive(0).messages, 0);
	tell(1004, 0, 1);
	assert_int_equal(receive(0).datagrams, 1);
	atomic_store(&uh_trace_channel, channel);
}

/* There are more destinations than places, so threads drive each other's out. */
static void *tell_many(void *context)
{
	for (int i = 0; i < MANY; i++)
		tell(3000 + (unsigned)i / 100, 0, 1);
	return context;
}

static void test_threads(void **state)
{
	pthread_t thread[THREADS];
	uint64_t datagrams = 0;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, tell_many, NULL), 0);
	for (int i = 0; i < THREADS; i++) {
		while (pthread_tryjoin_np(thread[i], NULL) != 0)
			datagrams += receive(0).datagrams;
	}
	uh_datagrams_flush();
	assert_int_equal(datagrams + receive(0).datagrams, THREADS * MANY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_the_first_is_sent_at_once, nothing_waits),
	    cmocka_unit_test_setup(test_later_ones_are_added_up, nothing_waits),
	    cmocka_unit_test_setup(test_results_are_apart, nothing_waits),
	    cmocka_unit_test_setup(test_texts, nothing_waits),
	    cmocka_unit_test_setup(test_many_destinations, nothing_waits),
	    cmocka_unit_test_setup(test_a_child_has_nothing_of_its_parent, nothing_waits),
	    cmocka_unit_test_setup(test_a_later_trace_gets_no_earlier_numbers, nothing_waits),
	    cmocka_unit_test_setup(test_threads, nothing_waits),
	};

	return cmocka_run_group_tests_name("datagram_trace", tests, begin, end);
}
