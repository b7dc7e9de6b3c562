/* SPDX-License-Identifier: MIT */
/*
 * duplicates.c: copies of a descriptor, made before or after connect, are the same connection.
 */
#include <fcntl.h>

#include "harness.h"

enum how { BY_DUP, BY_DUP2, BY_DUP3, BY_DUPFD, BY_DUPFD_CLOEXEC, WAYS };

static int copy_of(int fd, enum how how)
{
	switch (how) {
	case BY_DUP:
		return dup(fd);
	case BY_DUP2:
		return dup2(fd, 200);
	case BY_DUP3:
		return dup3(fd, 201, O_CLOEXEC);
	case BY_DUPFD:
		return fcntl(fd, F_DUPFD, 202);
	default:
		return fcntl(fd, F_DUPFD_CLOEXEC, 203);
	}
}

/* Both numbers are one connection: the same names, and either can ask and read. */
static void same_connection(int fd, int copy)
{
	struct uh_peer asked = uh_public(), peer = uh_peername(copy), own = uh_sockname(copy);
	struct uh_peer first = uh_sockname(fd);

	CHECK(uh_peers_equal(&peer, &asked));
	CHECK(uh_peers_equal(&own, &first));
	SAME(send(fd, "one\n", 4, MSG_NOSIGNAL), 4);
	uh_expect(copy, "hit one\n");
	SAME(send(copy, "two\n", 4, MSG_NOSIGNAL), 4);
	uh_expect(fd, "hit two\n");
}

static void copied_after(void)
{
	for (enum how how = 0; how < WAYS; how++) {
		int fd = uh_connected(), copy = copy_of(fd, how);

		CHECK(copy >= 0);
		same_connection(fd, copy);
		close(fd);
		close(copy);
	}
}

static void copied_before(void)
{
	for (enum how how = 0; how < WAYS; how++) {
		int fd = uh_socket(0), copy = copy_of(fd, how);

		CHECK(copy >= 0);
		uh_connect(fd);
		same_connection(fd, copy);
		close(fd);
		close(copy);
	}
}

/* One may connect by any of the numbers. */
static void connected_by_copy(void)
{
	int fd = uh_socket(SOCK_NONBLOCK), copy = dup(fd);

	uh_connect(copy);
	same_connection(fd, copy);
}

static void first_closed_after(void)
{
	struct uh_peer asked = uh_public(), peer;
	int fd = uh_socket(0), copy = dup(fd);

	uh_connect(fd);
	close(fd);
	peer = uh_peername(copy);
	CHECK(uh_peers_equal(&peer, &asked));
	uh_talk(copy);
}

static void first_closed_before(void)
{
	int fd = uh_socket(0), copy = dup(fd);

	close(fd);
	uh_connect(copy);
	uh_talk(copy);
	SAME(fcntl(fd, F_GETFD), -1);
}

/* The connection ends with its last number, not with the first. */
static void last_close_ends_it(void)
{
	int fd = uh_connected(), copy = dup(fd), own = uh_connected();

	close(copy);
	uh_talk(fd);
	close(fd);
	FAILS(send(fd, "x", 1, MSG_NOSIGNAL), EBADF);
	uh_talk(own);
}

/* Flags of the open file are shared, also by copies that were connected from outside. */
static void flags_are_shared(void)
{
	int fd = uh_socket(0), copy = dup(fd);

	uh_connect(fd);
	SAME(fcntl(copy, F_SETFL, fcntl(copy, F_GETFL) | O_NONBLOCK), 0);
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

static void shutdown_is_shared(void)
{
	int fd = uh_socket(0), copy = dup(fd);
	char byte;

	uh_connect(fd);
	uh_talk(copy);
	SAME(shutdown(copy, SHUT_WR), 0);
	SAME(read(fd, &byte, 1), 0);
}

static void thousand_copies(void)
{
	struct uh_peer asked = uh_public(), peer;
	int fd = uh_socket(SOCK_CLOEXEC), copy[800];

	for (int i = 0; i < 800; i++) {
		copy[i] = dup(fd);
		CHECK(copy[i] >= 0);
	}
	uh_connect(fd);
	for (int i = 0; i < 800; i++) {
		peer = uh_peername(copy[i]);
		CHECK(uh_peers_equal(&peer, &asked));
		SAME(fcntl(copy[i], F_GETFD), 0);
	}
	close(fd);
	uh_talk(copy[799]);
}

/* Other sockets of the process are none of its business. */
static void strangers_untouched(void)
{
	struct uh_peer name = {.length = sizeof(name.storage)};
	int before = uh_socket(0), fd = uh_socket(0), after = uh_socket(0);

	uh_connect(fd);
	FAILS(getpeername(before, &name.address, &name.length), ENOTCONN);
	FAILS(getpeername(after, &name.address, &name.length), ENOTCONN);
	uh_connect(after);
	uh_connect(before);
	uh_talk(before);
	uh_talk(after);
	uh_talk(fd);
}

/* As a shell does: the connection becomes standard input and output. */
static void as_standard_streams(void)
{
	int fd = uh_connected(), keep = dup(1);

	SAME(dup2(fd, 0), 0);
	SAME(dup2(fd, 1), 1);
	close(fd);
	SAME(write(1, "hello\n", 6), 6);
	uh_expect(0, "hit hello\n");
	SAME(dup2(keep, 1), 1);
}

static const struct uh_test tests[] = {
    {"copies made after connect", copied_after, UH_EVERY, 0, 0},
    {"copies made before connect", copied_before, UH_EVERY, 0, 0},
    {"connect by the copy", connected_by_copy, UH_EVERY, 0, 0},
    {"the first copy closed after connect", first_closed_after, UH_EVERY, 0, 0},
    {"the first copy closed before connect", first_closed_before, UH_EVERY, 0, 0},
    {"the last close ends the connection", last_close_ends_it, UH_EVERY, 0, 0},
    {"copies share flags", flags_are_shared, UH_EVERY, 0, 0},
    {"copies share shutdown", shutdown_is_shared, UH_EVERY, 0, 0},
    {"800 copies", thousand_copies, UH_EVERY, 0, 0},
    {"other sockets stay unconnected", strangers_untouched, UH_EVERY, 0, 0},
    {"a connection as standard streams", as_standard_streams, UH_EVERY, 0, 0},
};

UH_SUITE(tests, NULL);
