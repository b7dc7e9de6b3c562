/* SPDX-License-Identifier: MIT */
/*
 * test_datagram_socket.c: which sockets may be routed by their datagrams, and when the kernel
 * is asked. A note that says something else than the kernel shows that the kernel was not
 * asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/address.h"
#include "process/fork_counter.h"
#include "socket/state/datagram_socket.h"
#include "socket/state/identity.h"
#include "socket/state/socket_table.h"

#ifndef IPV6_TRANSPARENT
#define IPV6_TRANSPARENT 75
#endif

enum { NOTES = 1024 }; /* descriptors so far apart share a note */

static int new_socket(int domain)
{
	int fd = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	uh_datagram_socket_forget(fd); /* of an earlier test */
	return fd;
}

/* Reads fd, which must be a UDP socket that may be routed, and keeps errno. */
static sa_family_t domain_of(int fd)
{
	struct uh_datagram_socket socket;

	errno = 4711;
	assert_true(uh_datagram_socket_read(fd, &socket));
	assert_int_equal(errno, 4711);
	assert_int_equal(socket.identity, uh_socket_identity(fd));
	return socket.domain;
}

static void expect_left_alone(int fd)
{
	struct uh_datagram_socket socket;

	for (int i = 0; i < 2; i++) { /* asked of the kernel, and by its note */
		errno = 4711;
		assert_false(uh_datagram_socket_read(fd, &socket));
		assert_int_equal(errno, 4711);
	}
}

static bool sends_v4(int fd)
{
	bool sends;

	domain_of(fd);
	errno = 4711;
	sends = uh_datagram_socket_sends_v4(fd);
	assert_int_equal(errno, 4711);
	return sends;
}

static void test_made_by_socket(void **state)
{
	int fd = new_socket(AF_INET);

	(void)state;
	uh_datagram_socket_created(fd, AF_INET6);
	assert_int_equal(domain_of(fd), AF_INET6);
	assert_int_equal(domain_of(fd), AF_INET6);
	uh_datagram_socket_created(fd, AF_INET);
	assert_int_equal(domain_of(fd), AF_INET);
	close(fd);
}

static void test_asked_of_the_kernel(void **state)
{
	int fd = new_socket(AF_INET), other = new_socket(AF_INET6);

	(void)state;
	assert_int_equal(domain_of(fd), AF_INET);
	assert_int_equal(domain_of(other), AF_INET6);
	assert_int_equal(dup2(other, fd), fd); /* libc's: the note of fd is stale now */
	assert_int_equal(domain_of(other), AF_INET6);
	uh_datagram_socket_forget(fd);
	assert_int_equal(domain_of(fd), AF_INET6);
	close(fd);
	close(other);
}

/* The identity is noted, so that a datagram costs no system call. */
static void test_identity_is_noted(void **state)
{
	int fd = new_socket(AF_INET), other = new_socket(AF_INET);
	struct uh_datagram_socket before, after;

	(void)state;
	assert_true(uh_datagram_socket_read(fd, &before));
	assert_int_equal(dup2(other, fd), fd);
	assert_true(uh_datagram_socket_read(fd, &after));
	assert_int_equal(after.identity, before.identity);
	uh_datagram_socket_created(fd, AF_INET);
	assert_true(uh_datagram_socket_read(fd, &after));
	assert_int_equal(after.identity, uh_socket_identity(other));
	assert_int_not_equal(after.identity, before.identity);
	close(fd);
	close(other);
}

/* Sets an option that the program may set, and says so as setsockopt() does. */
static bool set(int fd, int level, int name, int value)
{
	bool good = setsockopt(fd, level, name, &value, sizeof(value)) == 0;

	uh_datagram_socket_set(fd, level, name);
	return good;
}

static void test_broadcast(void **state)
{
	int fd = new_socket(AF_INET);

	(void)state;
	uh_datagram_socket_created(fd, AF_INET);
	assert_int_equal(domain_of(fd), AF_INET);
	assert_true(set(fd, SOL_SOCKET, SO_BROADCAST, 1));
	expect_left_alone(fd);
	assert_true(set(fd, SOL_SOCKET, SO_BROADCAST, 0));
	assert_int_equal(domain_of(fd), AF_INET);
	close(fd);
}

/* The flag is one for both families, and each of its options sets it. */
static void test_transparent(void **state)
{
	static const struct {
		int domain, level, name;
	} option[] = {
	    {AF_INET, IPPROTO_IP, IP_TRANSPARENT},
	    {AF_INET6, IPPROTO_IP, IP_TRANSPARENT},
	    {AF_INET6, IPPROTO_IPV6, IPV6_TRANSPARENT},
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		int fd = new_socket(option[i].domain);

		uh_datagram_socket_created(fd, option[i].domain);
		if (!set(fd, option[i].level, option[i].name, 1)) {
			close(fd);
			print_message("SKIP test_transparent: not permitted\n");
			skip();
		}
		expect_left_alone(fd);
		assert_true(set(fd, option[i].level, option[i].name, 0));
		assert_int_equal(domain_of(fd), option[i].domain);
		close(fd);
	}
}

/* Other options leave the note as it is. */
static void test_other_options(void **state)
{
	int fd = new_socket(AF_INET);

	(void)state;
	uh_datagram_socket_created(fd, AF_INET6);
	assert_true(set(fd, SOL_SOCKET, SO_RCVBUF, 65536));
	assert_true(set(fd, IPPROTO_IP, IP_TTL, 64));
	/* The numbers of the options above, at other levels. */
	set(fd, IPPROTO_IP, SO_BROADCAST, 1);
	uh_datagram_socket_set(fd, SOL_SOCKET, IP_TRANSPARENT);
	uh_datagram_socket_set(fd, IPPROTO_UDP, IPV6_TRANSPARENT);
	assert_int_equal(domain_of(fd), AF_INET6);
	close(fd);
}

static void test_other_sockets(void **state)
{
	static const struct {
		int domain, type, protocol;
	} other[] = {
	    {AF_INET, SOCK_STREAM, 0},
	    {AF_INET6, SOCK_STREAM, 0},
	    {AF_UNIX, SOCK_DGRAM, 0},
	    {AF_UNIX, SOCK_STREAM, 0},
	    {AF_INET, SOCK_RAW, IPPROTO_ICMP},
	    {AF_INET, SOCK_RAW, IPPROTO_UDP},
	    {AF_INET6, SOCK_RAW, IPPROTO_ICMPV6},
	    {AF_INET, SOCK_DGRAM, IPPROTO_ICMP},
	    {AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6},
	    {AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE},
	    {AF_NETLINK, SOCK_DGRAM, 0},
	};
	int file;

	(void)state;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		int fd =
		    socket(other[i].domain, other[i].type | SOCK_CLOEXEC, other[i].protocol);

		if (fd < 0) /* not permitted, or not in this kernel */
			continue;
		uh_datagram_socket_forget(fd);
		expect_left_alone(fd);
		uh_other_socket_created(fd);
		expect_left_alone(fd);
		close(fd);
	}
	expect_left_alone(-1);
	file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	expect_left_alone(file);
	close(file);
}

static void test_known_other_socket(void **state)
{
	int fd = new_socket(AF_INET);

	(void)state;
	assert_false(uh_is_other_socket(fd));
	uh_other_socket_created(fd);
	assert_true(uh_is_other_socket(fd));
	assert_false(uh_is_other_socket(fd + NOTES));
	assert_false(uh_is_other_socket(fd + 1));
	uh_fork_begins();
	uh_fork_ends();
	assert_true(uh_is_other_socket(fd));
	uh_datagram_socket_bound(fd);
	uh_datagram_socket_set(fd, IPPROTO_IPV6, IPV6_V6ONLY);
	assert_true(uh_is_other_socket(fd));
	uh_datagram_socket_forget(fd);
	assert_false(uh_is_other_socket(fd));
	uh_other_socket_created(fd);
	uh_datagram_socket_created(fd, AF_INET);
	assert_false(uh_is_other_socket(fd));
	/* The number stands for a UDP socket by now, and the kernel says so. */
	uh_other_socket_created(fd);
	assert_int_equal(domain_of(fd), AF_INET);
	assert_false(uh_is_other_socket(fd));
	close(fd);
}

static void test_noted(void **state)
{
	int fd = new_socket(AF_INET);

	(void)state;
	assert_false(uh_is_noted_datagram_socket(fd));
	domain_of(fd);
	assert_true(uh_is_noted_datagram_socket(fd));
	assert_false(uh_is_noted_datagram_socket(fd + NOTES));
	uh_datagram_socket_forget(fd);
	assert_false(uh_is_noted_datagram_socket(fd));
	uh_datagram_socket_created(fd, AF_INET6);
	assert_true(uh_is_noted_datagram_socket(fd));
	uh_fork_begins(); /* voids the kind, but the socket was one */
	uh_fork_ends();
	assert_true(uh_is_noted_datagram_socket(fd));
	uh_other_socket_created(fd);
	assert_false(uh_is_noted_datagram_socket(fd));
	close(fd);
}

static void test_v6only(void **state)
{
	int fd = new_socket(AF_INET6), value = 1;

	(void)state;
	uh_datagram_socket_created(fd, AF_INET6);
	assert_true(set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0));
	assert_true(sends_v4(fd));
	assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, sizeof(value)), 0);
	assert_true(sends_v4(fd)); /* by the note */
	uh_datagram_socket_set(fd, IPPROTO_IPV6, IPV6_V6ONLY);
	assert_false(sends_v4(fd));
	assert_true(set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0));
	assert_true(sends_v4(fd));
	uh_datagram_socket_forget(fd); /* without a note, the kernel is asked each time */
	assert_true(uh_datagram_socket_sends_v4(fd));
	assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, sizeof(value)), 0);
	assert_false(uh_datagram_socket_sends_v4(fd));
	close(fd);
}

/* Sets V6ONLY to 0 and binds. */
static int bound_to(const char *address)
{
	struct uh_endpoint local = {.port = 0};
	struct sockaddr_storage name;
	int fd = new_socket(AF_INET6);
	socklen_t length;

	uh_datagram_socket_created(fd, AF_INET6);
	assert_true(set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0));
	assert_true(sends_v4(fd));
	set(fd, IPPROTO_IP, IP_FREEBIND, 1); /* for a host without ::1 */
	assert_true(uh_address_parse(address, &local.address));
	length = uh_endpoint_to_sockaddr(&local, AF_INET6, &name);
	if (bind(fd, (struct sockaddr *)&name, length) != 0) {
		close(fd);
		return -1;
	}
	assert_true(sends_v4(fd)); /* by the note */
	uh_datagram_socket_bound(fd);
	return fd;
}

static void test_bound(void **state)
{
	static const struct {
		const char *address;
		bool sends_v4;
	} local[] = {{"::", true}, {"127.0.0.1", true}, {"::1", false}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		int fd = bound_to(local[i].address);

		if (fd < 0) {
			print_message("SKIP test_bound: no %s here\n", local[i].address);
			continue;
		}
		assert_int_equal(sends_v4(fd), local[i].sends_v4);
		assert_int_equal(sends_v4(fd), local[i].sends_v4);
		close(fd);
	}
}

/*
 * Connects a socket to the discard port of a loopback address, which sends nothing. The kernel
 * gives it a local address of that family, and leaves IPV6_V6ONLY at 0.
 */
static void check_connected(const char *address, bool sends)
{
	struct uh_endpoint peer = {.port = 9};
	struct sockaddr_storage name;
	int fd = new_socket(AF_INET6);
	socklen_t length;

	assert_true(uh_address_parse(address, &peer.address));
	length = uh_endpoint_to_sockaddr(&peer, AF_INET6, &name);
	assert_true(set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0));
	if (connect(fd, (struct sockaddr *)&name, length) != 0)
		print_message("SKIP test_connected: no %s here\n", address);
	else
		assert_int_equal(sends_v4(fd), sends);
	close(fd);
}

static void test_connected(void **state)
{
	(void)state;
	check_connected("127.0.0.1", true);
	check_connected("::1", false);
}

/* A child may change the socket. */
static void test_fork_voids(void **state)
{
	int fd = new_socket(AF_INET);

	(void)state;
	uh_datagram_socket_created(fd, AF_INET6);
	assert_int_equal(domain_of(fd), AF_INET6);
	uh_fork_begins();
	assert_int_equal(domain_of(fd), AF_INET);
	uh_fork_ends();
	uh_datagram_socket_created(fd, AF_INET6);
	assert_int_equal(domain_of(fd), AF_INET6);
	close(fd);
}

static bool allow_descriptors(rlim_t count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return false;
	if (limit.rlim_cur >= count)
		return true;
	limit.rlim_cur = count;
	if (limit.rlim_max < count)
		limit.rlim_max = count;
	return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/* Two descriptors that share a note are never taken for each other. */
static void test_shared_note(void **state)
{
	int fd = new_socket(AF_INET), other = new_socket(AF_INET6), value = 1;

	(void)state;
	if (!allow_descriptors(2 * NOTES) || dup2(other, fd + NOTES) != fd + NOTES) {
		close(fd);
		close(other);
		print_message("SKIP test_shared_note: not so many descriptors\n");
		skip();
	}
	for (int i = 0; i < 3; i++) {
		assert_int_equal(domain_of(fd), AF_INET);
		assert_true(sends_v4(fd + NOTES));
		assert_int_equal(domain_of(fd + NOTES), AF_INET6);
	}
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &value, sizeof(value)), 0);
	expect_left_alone(fd);
	assert_int_equal(domain_of(fd + NOTES), AF_INET6);
	uh_datagram_socket_created(fd, AF_INET);
	assert_int_equal(domain_of(fd + NOTES), AF_INET6);
	expect_left_alone(fd);
	close(fd + NOTES);
	close(fd);
	close(other);
}

enum { ROUNDS = 20000 };

/* Returns NULL if the identity of *descriptor is right each time. */
static void *read_often(void *descriptor)
{
	const int fd = *(const int *)descriptor;
	const uint64_t identity = uh_socket_identity(fd);
	struct uh_datagram_socket socket;

	for (unsigned i = 0; i < ROUNDS; i++)
		if (!uh_datagram_socket_read(fd, &socket) || socket.identity != identity)
			return descriptor;
	return NULL;
}

/* The same, in two threads at the same time. */
static void test_shared_note_in_threads(void **state)
{
	int fd[2] = {new_socket(AF_INET)}, copy = new_socket(AF_INET);
	pthread_t thread;
	void *other;

	(void)state;
	fd[1] = fd[0] + NOTES;
	if (!allow_descriptors(2 * NOTES) || dup2(copy, fd[1]) != fd[1]) {
		close(fd[0]);
		close(copy);
		print_message("SKIP test_shared_note_in_threads: not so many descriptors\n");
		skip();
	}
	assert_int_equal(pthread_create(&thread, NULL, read_often, &fd[0]), 0);
	assert_null(read_often(&fd[1]));
	assert_int_equal(pthread_join(thread, &other), 0);
	assert_null(other);
	close(fd[0]);
	close(fd[1]);
	close(copy);
}

/* In a child, because nothing undoes it. Returns the number of the first check that fails. */
static int check_shared_tables(int fd, int other)
{
	struct uh_datagram_socket socket;

	uh_datagram_socket_created(fd, AF_INET6);
	if (!uh_datagram_socket_read(fd, &socket) || socket.domain != AF_INET6)
		return 1;
	uh_slots_set_shared();
	for (int i = 0; i < 3; i++) {
		uh_datagram_socket_created(fd, AF_INET6);
		if (!uh_datagram_socket_read(fd, &socket) || socket.domain != AF_INET ||
		    socket.identity != uh_socket_identity(fd))
			return 2;
	}
	/* Another task has put another socket under the number of its own table. */
	if (dup2(other, fd) != fd || !uh_datagram_socket_read(fd, &socket) ||
	    socket.identity != uh_socket_identity(other))
		return 3;
	return 0;
}

static void test_shared_tables(void **state)
{
	int fd = new_socket(AF_INET), other = new_socket(AF_INET), status;
	pid_t child;

	(void)state;
	assert_false(uh_slots_are_known_shared());
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(check_shared_tables(fd, other));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(fd);
	close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_made_by_socket),
	    cmocka_unit_test(test_asked_of_the_kernel),
	    cmocka_unit_test(test_identity_is_noted),
	    cmocka_unit_test(test_broadcast),
	    cmocka_unit_test(test_transparent),
	    cmocka_unit_test(test_other_options),
	    cmocka_unit_test(test_other_sockets),
	    cmocka_unit_test(test_known_other_socket),
	    cmocka_unit_test(test_noted),
	    cmocka_unit_test(test_v6only),
	    cmocka_unit_test(test_bound),
	    cmocka_unit_test(test_connected),
	    cmocka_unit_test(test_fork_voids),
	    cmocka_unit_test(test_shared_note),
	    cmocka_unit_test(test_shared_note_in_threads),
	    cmocka_unit_test(test_shared_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
