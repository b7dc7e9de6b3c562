/* SPDX-License-Identifier: MIT */
/*
 * test_asked_addresses.c: the sender's name of an answer is the address that was asked for, as
 * the kernel would write that name.
 */
#include "made.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "socket/state/asked_addresses.h"
#include "socket/state/datagram_socket.h"
#include "socket/state/identity.h"

enum { V4 = sizeof(struct sockaddr_in), V6 = sizeof(struct sockaddr_in6), UNTOUCHED = 0xaa };

static int new_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	return fd;
}

static void add_endpoints(int fd, sa_family_t domain, const struct uh_endpoint *target,
			  const struct uh_endpoint *asked)
{
	uh_asked_add(fd, uh_socket_identity(fd), domain, target, asked);
}

/* Notes that what is sent to port `port` of `asked` goes to port 1000 of `target`. */
static void add(int fd, sa_family_t domain, const char *target, const char *asked,
		unsigned port)
{
	const struct uh_endpoint to = made_endpoint(target, 1000);
	const struct uh_endpoint by = made_endpoint(asked, port);

	add_endpoints(fd, domain, &to, &by);
}

/* A name as the kernel has written it, in memory of exactly its room. */
struct name {
	unsigned char *byte;
	socklen_t room, length;
};

static struct name received(const struct uh_endpoint *sender, sa_family_t family,
			    socklen_t room)
{
	struct name name = {malloc(room ? room : 1), room, 0};
	struct sockaddr_storage full;

	assert_non_null(name.byte);
	memset(name.byte, UNTOUCHED, room);
	name.length = uh_endpoint_to_sockaddr(sender, family, &full);
	assert_true(name.length > 0);
	memcpy(name.byte, &full, room < name.length ? room : name.length);
	return name;
}

/* Returns false if fd has no addresses. */
static bool restore(int fd, struct name *name)
{
	struct uh_asked asked;

	if (!uh_asked_find(fd, &asked))
		return false;
	uh_asked_restore(&asked, name->byte, name->room, &name->length);
	return true;
}

/* Frees the name, which must be that of an endpoint, cut to its room. */
static void expect_name(struct name *name, const struct uh_endpoint *wanted, sa_family_t family)
{
	struct sockaddr_storage full;
	socklen_t length = uh_endpoint_to_sockaddr(wanted, family, &full);

	assert_int_equal(name->length, length);
	assert_memory_equal(name->byte, &full, name->room < length ? name->room : length);
	for (socklen_t i = length; i < name->room; i++)
		assert_int_equal(name->byte[i], UNTOUCHED);
	free(name->byte);
}

/* An answer from port 1000 of `target` bears port `port` of `wanted`. */
static void expect(int fd, sa_family_t family, const char *target, const char *wanted,
		   unsigned port)
{
	const struct uh_endpoint sender = made_endpoint(target, 1000);
	const struct uh_endpoint endpoint = made_endpoint(wanted, port);
	struct name name =
	    received(&sender, family, family == AF_INET ? (socklen_t)V4 : (socklen_t)V6);

	assert_true(restore(fd, &name));
	expect_name(&name, &endpoint, family);
}

static void expect_unchanged(int fd, const char *address, unsigned port)
{
	const struct uh_endpoint sender = made_endpoint(address, port);
	struct name name = received(&sender, AF_INET, V4);

	restore(fd, &name);
	expect_name(&name, &sender, AF_INET);
}

/* The first test: no socket of the process has any addresses. */
static void test_nothing_asked(void **state)
{
	int fd = new_socket();
	struct uh_asked asked;

	(void)state;
	assert_false(uh_may_have_asked(fd));
	assert_false(uh_asked_find(fd, &asked));
	uh_fd_add_hint(fd, UH_HINT_COPIED);
	assert_false(uh_may_have_asked(fd)); /* one load tells */
	uh_fd_remove_hint(fd, UH_HINT_COPIED);
	add(fd, AF_INET, "192.0.2.1", "203.0.113.1", 53);
	assert_true(uh_may_have_asked(fd));
	assert_false(uh_may_have_asked(fd + 1));
	uh_fd_add_hint(fd + 1, UH_HINT_COPIED);
	assert_true(uh_may_have_asked(fd + 1));
	uh_fd_remove_hint(fd + 1, UH_HINT_COPIED);
	close(fd);
}

static void test_families(void **state)
{
	int fd = new_socket(), other = new_socket();

	(void)state;
	add(fd, AF_INET, "192.0.2.1", "203.0.113.1", 53);
	expect(fd, AF_INET, "192.0.2.1", "203.0.113.1", 53);
	add(other, AF_INET6, "2001:db8::1", "2001:db8:1::1", 53);
	add(other, AF_INET6, "192.0.2.1", "203.0.113.2", 54); /* in mapped form */
	expect(other, AF_INET6, "2001:db8::1", "2001:db8:1::1", 53);
	expect(other, AF_INET6, "192.0.2.1", "203.0.113.2", 54);
	expect(fd, AF_INET, "192.0.2.1", "203.0.113.1", 53); /* another socket's are apart */
	close(fd);
	close(other);
}

/* An unspecified address means this host, and the kernel names the host. */
static void test_unspecified(void **state)
{
	int fd = new_socket();

	(void)state;
	add(fd, AF_INET, "192.0.2.1", "0.0.0.0", 53);
	expect(fd, AF_INET, "192.0.2.1", "127.0.0.1", 53);
	close(fd);
	fd = new_socket();
	add(fd, AF_INET6, "2001:db8::1", "::", 53);
	expect(fd, AF_INET6, "2001:db8::1", "::1", 53);
	close(fd);
}

static void check_cut(int fd, const struct uh_endpoint *target, const struct uh_endpoint *asked,
		      sa_family_t family)
{
	for (socklen_t room = 0; room <= V6 + 4; room++) {
		struct name name = received(target, family, room);

		errno = 4711;
		assert_true(restore(fd, &name));
		assert_int_equal(errno, 4711);
		expect_name(&name, asked, family);
	}
}

/* Every room that a program can pass, and no byte behind it is written. */
static void test_cut_names(void **state)
{
	struct uh_endpoint target = made_endpoint("192.0.2.1", 1000);
	struct uh_endpoint asked = made_endpoint("203.0.113.1", 53);
	int fd = new_socket();

	(void)state;
	add_endpoints(fd, AF_INET, &target, &asked);
	check_cut(fd, &target, &asked, AF_INET);
	close(fd);
	fd = new_socket();
	add_endpoints(fd, AF_INET6, &target, &asked);
	check_cut(fd, &target, &asked, AF_INET6);
	close(fd);
	fd = new_socket();
	target = made_endpoint("fe80::1", 1000);
	asked = made_endpoint("fe80::2", 53);
	target.scope_id = 3;
	asked.scope_id = 0x01020304;
	add_endpoints(fd, AF_INET6, &target, &asked);
	check_cut(fd, &target, &asked, AF_INET6);
	close(fd);
}

/*
 * The socket under the program's IPv6 socket is an IPv4 one, or the reverse: the name is one of
 * the program's own family.
 */
static void test_crossing_families(void **state)
{
	const struct uh_endpoint v4 = made_endpoint("192.0.2.1", 1000);
	const struct uh_endpoint v6 = made_endpoint("2001:db8::1", 1000);
	const struct uh_endpoint asked4 = made_endpoint("203.0.113.1", 53);
	const struct uh_endpoint asked6 = made_endpoint("2001:db8:1::1", 53);
	int fd = new_socket(), other = new_socket();

	(void)state;
	add_endpoints(fd, AF_INET6, &v4, &asked6);
	add_endpoints(other, AF_INET, &v6, &asked4);
	for (socklen_t room = 0; room <= V6 + 4; room++) {
		struct name name = received(&v4, AF_INET, room);

		errno = 4711;
		assert_true(restore(fd, &name));
		expect_name(&name, &asked6, AF_INET6);
		name = received(&v6, AF_INET6, room);
		assert_true(restore(other, &name));
		assert_int_equal(errno, 4711);
		name.room = name.room < V4 ? name.room : V4; /* the kernel wrote the rest */
		expect_name(&name, &asked4, AF_INET);
	}
	close(fd);
	close(other);
}

enum { PAGE = 65536 }; /* a multiple of every page size */

/* The kernel wrote 16 bytes, and the program said that 28 may be written, which is not true. */
static void test_room_that_is_not_there(void **state)
{
	const struct uh_endpoint target = made_endpoint("192.0.2.1", 1000);
	const struct uh_endpoint asked = made_endpoint("2001:db8:1::1", 53);
	char *page =
	    mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct name name = received(&target, AF_INET, V4);
	int fd = new_socket();
	struct uh_asked found;

	(void)state;
	assert_true(page != MAP_FAILED);
	assert_int_equal(mprotect(page + PAGE, PAGE, PROT_NONE), 0);
	add_endpoints(fd, AF_INET6, &target, &asked);
	memcpy(page + PAGE - V4, name.byte, V4);
	assert_true(uh_asked_find(fd, &found));
	errno = 4711;
	uh_asked_restore(&found, page + PAGE - V4, V6, &name.length);
	assert_int_equal(errno, 4711);
	assert_int_equal(name.length, V4);
	expect_name(&name, &target, AF_INET);
	munmap(page, 2 * PAGE);
	close(fd);
}

/* A name of no IP address, and one of a wrong length, stay as they are. */
static void test_other_names(void **state)
{
	int fd = new_socket();
	unsigned char name[128], before[128];
	struct uh_asked asked;
	socklen_t length;

	(void)state;
	add(fd, AF_INET, "192.0.2.1", "203.0.113.1", 53);
	assert_true(uh_asked_find(fd, &asked));
	memset(before, UNTOUCHED, sizeof(before));
	for (socklen_t i = 0; i < sizeof(name); i++) {
		memcpy(name, before, sizeof(name));
		length = i;
		uh_asked_restore(&asked, name, sizeof(name), &length);
		assert_int_equal(length, i);
		assert_memory_equal(name, before, sizeof(name));
	}
	close(fd);
}

static void test_other_senders(void **state)
{
	int fd = new_socket();

	(void)state;
	add(fd, AF_INET, "192.0.2.1", "203.0.113.1", 53);
	expect_unchanged(fd, "192.0.2.2", 1000);
	expect_unchanged(fd, "192.0.2.1", 1001);
	expect_unchanged(fd, "203.0.113.1", 53);
	close(fd);
}

/* Each target has its own; a ninth takes the place of the oldest. */
static void test_many_targets(void **state)
{
	int fd = new_socket();
	char target[32], asked[32];

	(void)state;
	for (unsigned i = 0; i < UH_ASKED_MAX + 3; i++) {
		for (unsigned j = 0; j < i; j++) {
			snprintf(target, sizeof(target), "192.0.2.%u", j);
			snprintf(asked, sizeof(asked), "203.0.113.%u", j);
			if (j + UH_ASKED_MAX < i)
				expect_unchanged(fd, target, 1000);
			else
				expect(fd, AF_INET, target, asked, 100 + j);
		}
		snprintf(target, sizeof(target), "192.0.2.%u", i);
		snprintf(asked, sizeof(asked), "203.0.113.%u", i);
		add(fd, AF_INET, target, asked, 100 + i);
		add(fd, AF_INET, target, asked, 100 + i); /* takes no further place */
	}
	close(fd);
}

/* Two addresses that lead to one target: the last one counts, and takes no further place. */
static void test_same_target(void **state)
{
	struct uh_endpoint target = made_endpoint("fe80::1", 1000);
	struct uh_endpoint asked = made_endpoint("fe80::2", 53);
	struct name name;
	int fd = new_socket();

	(void)state;
	add(fd, AF_INET, "192.0.2.100", "203.0.113.100", 53);
	for (unsigned i = 0; i < 3 * UH_ASKED_MAX; i++) {
		add(fd, AF_INET, "192.0.2.1", "203.0.113.1", 100 + i % 2);
		expect(fd, AF_INET, "192.0.2.1", "203.0.113.1", 100 + i % 2);
	}
	expect(fd, AF_INET, "192.0.2.100", "203.0.113.100", 53);
	close(fd);
	fd = new_socket();
	for (asked.scope_id = 1; asked.scope_id < 3; asked.scope_id++) {
		add_endpoints(fd, AF_INET6, &target, &asked);
		name = received(&target, AF_INET6, V6);
		assert_true(restore(fd, &name));
		expect_name(&name, &asked, AF_INET6);
	}
	close(fd);
}

/* A target answers as itself to a datagram that was sent to the target itself. */
static void test_sent_directly(void **state)
{
	const struct uh_endpoint target = made_endpoint("192.0.2.1", 1000);
	int fd = new_socket(), other = new_socket();
	struct uh_asked asked;
	char address[32];

	(void)state;
	uh_asked_directly(uh_socket_identity(other), &target);
	assert_false(uh_asked_find(other, &asked));
	add(fd, AF_INET, "192.0.2.1", "203.0.113.1", 53);
	uh_asked_directly(uh_socket_identity(fd), &target);
	expect(fd, AF_INET, "192.0.2.1", "192.0.2.1", 1000);
	add(fd, AF_INET, "192.0.2.1", "203.0.113.1", 53);
	for (unsigned i = 2; i < UH_ASKED_MAX + 2; i++) {
		const struct uh_endpoint further = made_endpoint("192.0.2.9", i);

		snprintf(address, sizeof(address), "192.0.2.%u", i);
		if (i < UH_ASKED_MAX)
			add(fd, AF_INET, address, "203.0.113.2", 53);
		uh_asked_directly(uh_socket_identity(fd), &further); /* takes no place */
	}
	expect(fd, AF_INET, "192.0.2.1", "203.0.113.1", 53);
	expect(fd, AF_INET, "192.0.2.7", "203.0.113.2", 53);
	close(fd);
	close(other);
}

/* The number stands for another socket, and nothing has told us. */
static void test_reused_number(void **state)
{
	int fd = new_socket(), again;
	struct uh_datagram_socket socket;
	struct uh_asked asked;
	uint64_t identity = uh_socket_identity(fd);

	(void)state;
	uh_datagram_socket_created(fd, AF_INET);
	assert_true(uh_datagram_socket_read(fd, &socket));
	add(fd, AF_INET, "192.0.2.1", "203.0.113.1", 53);
	close(fd);
	again = new_socket();
	assert_int_equal(again, fd);
	assert_true(uh_datagram_socket_read(fd, &socket));
	assert_int_equal(socket.identity, identity); /* the note is wrong */
	assert_true(uh_may_have_asked(fd));
	errno = 4711;
	assert_false(uh_asked_find(fd, &asked));
	assert_int_equal(errno, 4711);
	assert_false(uh_may_have_asked(fd));
	assert_true(uh_datagram_socket_read(fd, &socket));
	assert_int_equal(socket.identity, uh_socket_identity(fd));
	assert_false(uh_asked_find(-1, &asked));
	close(fd);
}

/* The socket is closed between the two calls: its addresses are not used. */
static void test_closed_meanwhile(void **state)
{
	const struct uh_endpoint target = made_endpoint("192.0.2.1", 1000);
	struct name name = received(&target, AF_INET, V4);
	int fd = new_socket();
	struct uh_asked asked;

	(void)state;
	add(fd, AF_INET, "192.0.2.1", "203.0.113.1", 53);
	assert_true(uh_asked_find(fd, &asked));
	for (int i = 0; i < 2; i++) {
		close(fd);
		assert_int_equal(new_socket(), fd);
		add(fd, AF_INET, "192.0.2.2", "203.0.113.2", 53);
	}
	uh_asked_restore(&asked, name.byte, name.room, &name.length);
	expect_name(&name, &target, AF_INET);
	close(fd);
}

/* Closes fd and makes further sockets with addresses under its number. */
static void reuse_number(int fd)
{
	for (int i = 0; i < 4; i++) {
		close(fd);
		assert_int_equal(new_socket(), fd);
		add(fd, AF_INET, "192.0.2.2", "203.0.113.2", 53);
	}
	close(fd);
}

static void test_copies(void **state)
{
	int fd = new_socket(), copy = dup(fd);

	(void)state;
	uh_fd_add_hint(copy, UH_HINT_COPIED);
	add(fd, AF_INET, "192.0.2.1", "203.0.113.1", 53);
	expect(copy, AF_INET, "192.0.2.1", "203.0.113.1", 53);
	add(copy, AF_INET, "192.0.2.3", "203.0.113.3", 54);
	expect(fd, AF_INET, "192.0.2.3", "203.0.113.3", 54);
	uh_asked_copied(fd);
	reuse_number(fd);
	expect(copy, AF_INET, "192.0.2.1", "203.0.113.1", 53);
	expect(copy, AF_INET, "192.0.2.3", "203.0.113.3", 54);
	uh_fd_remove_hint(copy, UH_HINT_COPIED);
	close(copy);
}

enum { SOCKETS = 20000 };

static int compare(const void *a, const void *b)
{
	const uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;

	return (x > y) - (x < y);
}

/* Makes sockets one after another, and returns how many slots they needed. */
static unsigned slots_needed(enum uh_hint hint)
{
	static uintptr_t slot[SOCKETS];
	struct uh_asked asked;
	unsigned different = 1;

	for (unsigned i = 0; i < SOCKETS; i++) {
		int fd = new_socket();
		bool even = i % 2 == 0;

		if (hint)
			uh_fd_add_hint(fd, hint);
		add(fd, AF_INET, even ? "192.0.2.1" : "192.0.2.2", "203.0.113.1", i % 60000);
		expect(fd, AF_INET, even ? "192.0.2.1" : "192.0.2.2", "203.0.113.1", i % 60000);
		expect_unchanged(fd, even ? "192.0.2.2" : "192.0.2.1", 1000);
		assert_true(uh_asked_find(fd, &asked));
		slot[i] = (uintptr_t)asked.slot;
		close(fd);
	}
	qsort(slot, SOCKETS, sizeof(slot[0]), compare);
	for (unsigned i = 1; i < SOCKETS; i++)
		different += slot[i] != slot[i - 1];
	return different;
}

/*
 * Sockets that are gone need no memory, and none finds the addresses of the socket that had its
 * slot. If there may be copies, only sweeps make room.
 */
static void test_bounded(void **state)
{
	int held = new_socket();

	(void)state;
	add(held, AF_INET, "192.0.2.9", "203.0.113.9", 99);
	assert_in_range(slots_needed(0), 1, UH_FIRST_SLOTS);
	assert_in_range(slots_needed(UH_HINT_COPIED), 1, 8 * UH_FIRST_SLOTS);
	expect(held, AF_INET, "192.0.2.9", "203.0.113.9", 99);
	close(held);
}

enum { THREADS = 8, ROUNDS = 2000 };

struct worker {
	unsigned number;
	int fd; /* the socket that all threads send on */
	bool good;
};

/* True if an answer bears what this worker asked for. */
static bool answer_bears(int fd, const struct uh_endpoint *target,
			 const struct uh_endpoint *asked)
{
	struct sockaddr_storage name, wanted;
	socklen_t length = uh_endpoint_to_sockaddr(target, AF_INET, &name);
	struct uh_asked found;

	uh_endpoint_to_sockaddr(asked, AF_INET, &wanted);
	if (!uh_asked_find(fd, &found))
		return false;
	uh_asked_restore(&found, &name, sizeof(name), &length);
	return length == V4 && memcmp(&name, &wanted, V4) == 0;
}

/* On the common socket with a target of its own, and on sockets of its own. */
static void *send_and_receive(void *argument)
{
	struct worker *worker = argument;
	struct uh_endpoint target = {.port = 1000}, asked = {.port = 53};

	target.address.byte[10] = target.address.byte[11] = 0xff;
	asked.address = target.address;
	target.address.byte[15] = (unsigned char)(worker->number + 1);
	asked.address.byte[15] = (unsigned char)(worker->number + 101);
	worker->good = true;
	for (unsigned i = 0; i < ROUNDS; i++) {
		int own = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		asked.port = (uint16_t)i;
		add_endpoints(own, AF_INET, &target, &asked);
		add_endpoints(worker->fd, AF_INET, &target, &asked);
		worker->good &= answer_bears(own, &target, &asked) &&
				answer_bears(worker->fd, &target, &asked);
		close(own);
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct worker worker[THREADS];
	pthread_t thread[THREADS];
	int fd = new_socket();

	(void)state;
	add(fd, AF_INET, "192.0.2.1", "203.0.113.1", 53);
	for (unsigned i = 0; i < THREADS; i++) {
		worker[i] = (struct worker){i, fd, false};
		assert_int_equal(pthread_create(&thread[i], NULL, send_and_receive, &worker[i]),
				 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		assert_true(worker[i].good);
	}
	close(fd);
}

static pthread_barrier_t start;

static void *wait_at_barrier(void *unused)
{
	pthread_barrier_wait(&start);
	return unused;
}

/* Another thread may send the first datagram while a call waits for its answer. */
static void test_before_first_datagram(void **state)
{
	int fd = new_socket();
	pthread_t thread;

	(void)state;
	uh_fd_remove_hint(fd, UH_HINT_ASKED); /* of an earlier test */
	uh_datagram_socket_created(fd, AF_INET);
	if (uh_is_single_threaded())
		assert_false(uh_may_get_asked(fd));
	assert_int_equal(pthread_barrier_init(&start, NULL, 2), 0);
	assert_int_equal(pthread_create(&thread, NULL, wait_at_barrier, NULL), 0);
	assert_true(uh_may_get_asked(fd));
	assert_false(uh_may_have_asked(fd));
	uh_datagram_socket_forget(fd);
	assert_false(uh_may_get_asked(fd));
	uh_other_socket_created(fd);
	assert_false(uh_may_get_asked(fd));
	pthread_barrier_wait(&start);
	assert_int_equal(pthread_join(thread, NULL), 0);
	add(fd, AF_INET, "192.0.2.1", "203.0.113.1", 53);
	assert_true(uh_may_get_asked(fd));
	pthread_barrier_destroy(&start);
	close(fd);
}

static void *send_first(void *argument)
{
	struct worker *worker = argument;
	struct uh_endpoint target = {.port = (uint16_t)(worker->number + 1)};
	struct uh_endpoint asked = {.port = (uint16_t)(worker->number + 101)};

	target.address.byte[10] = target.address.byte[11] = 0xff;
	target.address.byte[15] = 1;
	asked.address = target.address;
	for (unsigned i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&start);
		add_endpoints(worker->fd, AF_INET, &target, &asked);
		pthread_barrier_wait(&start);
		worker->good &= answer_bears(worker->fd, &target, &asked);
		pthread_barrier_wait(&start); /* the socket is replaced now */
		pthread_barrier_wait(&start);
	}
	return NULL;
}

/* Threads that send the first datagrams of a socket at the same time lose no address. */
static void test_first_of_many_threads(void **state)
{
	struct worker worker[4];
	pthread_t thread[4];
	int fd = new_socket();

	(void)state;
	assert_int_equal(pthread_barrier_init(&start, NULL, 5), 0);
	for (unsigned i = 0; i < 4; i++) {
		worker[i] = (struct worker){i, fd, true};
		assert_int_equal(pthread_create(&thread[i], NULL, send_first, &worker[i]), 0);
	}
	for (unsigned i = 0; i < ROUNDS; i++) {
		for (int wait = 0; wait < 3; wait++)
			pthread_barrier_wait(&start);
		close(fd);
		assert_int_equal(new_socket(), fd);
		pthread_barrier_wait(&start);
	}
	for (unsigned i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
		assert_true(worker[i].good);
	}
	pthread_barrier_destroy(&start);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing_asked),
	    cmocka_unit_test(test_families),
	    cmocka_unit_test(test_unspecified),
	    cmocka_unit_test(test_cut_names),
	    cmocka_unit_test(test_crossing_families),
	    cmocka_unit_test(test_room_that_is_not_there),
	    cmocka_unit_test(test_other_names),
	    cmocka_unit_test(test_other_senders),
	    cmocka_unit_test(test_many_targets),
	    cmocka_unit_test(test_same_target),
	    cmocka_unit_test(test_sent_directly),
	    cmocka_unit_test(test_reused_number),
	    cmocka_unit_test(test_closed_meanwhile),
	    cmocka_unit_test(test_copies),
	    cmocka_unit_test(test_bounded),
	    cmocka_unit_test(test_before_first_datagram),
	    cmocka_unit_test(test_threads),
	    cmocka_unit_test(test_first_of_many_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
