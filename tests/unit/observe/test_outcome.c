/* SPDX-License-Identifier: MIT */
/* test_outcome.c: the outcomes that a trace gets of connections that go on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "observe/outcome.h"
#include "observe/trace_channel.h"
#include "socket/state/identity.h"

static int collector;

/* Listens as `unhairpin trace` does, and has the messages sent here. */
static int open_channel(void **state)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	char value[64];
	int length = snprintf(value, sizeof(value), "@unhairpin-test-%d:%.*s", getpid(),
			      UH_TRACE_KEY, "0123456789abcdef0123456789abcdef0123456789abcdef");

	(void)state;
	length -= 1 + UH_TRACE_KEY;
	memcpy(name.sun_path + 1, value + 1, (size_t)length - 1);
	collector = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(collector, (struct sockaddr *)&name,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length)) != 0 ||
	    listen(collector, 16) != 0)
		return -1;
	uh_trace_open(value);
	return uh_traces() ? 0 : -1;
}

/* Returns false if no message was sent. */
static bool receive(struct uh_trace_message *message)
{
	int fd = accept(collector, NULL, NULL);

	if (fd < 0)
		return false;
	assert_int_equal(recv(fd, message, sizeof(*message), 0), sizeof(*message));
	close(fd);
	return true;
}

/* A listener, the connection that fills its backlog, and the one that has to wait. */
struct world {
	int listener, filler, fd;
};

/* Begins a connection of world->fd that goes on: its SYN is dropped. */
static void begin(struct world *world)
{
	struct sockaddr_in name = {.sin_family = AF_INET};
	socklen_t length = sizeof(name);

	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	world->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	world->filler = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	world->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(world->listener, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(listen(world->listener, 0), 0);
	assert_int_equal(getsockname(world->listener, (struct sockaddr *)&name, &length), 0);
	assert_int_equal(connect(world->filler, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(connect(world->fd, (struct sockaddr *)&name, sizeof(name)), -1);
	assert_int_equal(errno, EINPROGRESS);
	uh_awaited_put(world->fd);
}

static void end(const struct world *world)
{
	close(world->fd);
	close(world->filler);
	close(world->listener);
}

static void test_a_connection_that_goes_on_has_no_outcome(void **state)
{
	struct world world;
	struct uh_trace_message message;
	int none = 0;

	(void)state;
	begin(&world);
	assert_int_equal(uh_awaited_result(world.fd, EINPROGRESS), UH_TRACE_UNKNOWN);
	uh_awaited_told(world.fd, &none, sizeof(none));
	uh_awaited_asked(world.fd, EALREADY);
	uh_awaited_used(world.fd, true);
	assert_false(receive(&message));
	end(&world);
}

/* The kernel lets SO_ERROR be read before the socket is in its last state, here for good. */
static void test_an_error_comes_before_the_state(void **state)
{
	struct world world;
	struct uh_trace_message message;
	int error = ECONNREFUSED;

	(void)state;
	begin(&world);
	uh_awaited_told(world.fd, &error, sizeof(error));
	assert_true(receive(&message));
	assert_int_equal(message.kind, UH_TRACE_OUTCOME);
	assert_int_equal(message.error, ECONNREFUSED);
	assert_true(message.identity == uh_socket_identity(world.fd));
	assert_true(message.start > 0);
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_connection_that_goes_on_has_no_outcome),
	    cmocka_unit_test(test_an_error_comes_before_the_state),
	};

	return cmocka_run_group_tests(tests, open_channel, NULL);
}
