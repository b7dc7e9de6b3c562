/* SPDX-License-Identifier: MIT */
/* path_variables.c: %p and %a in the path of a Unix target. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/un.h>

#include "harness.h"

enum { FIRST = 1120, DEAD = 1123, BY_ADDRESS = 1125, ABSTRACT = 1126, PERCENT = 1128 };

/* Connects to a port, and checks that the connection arrives at this listener and nowhere else.
 */
static void arrives(int listener, uint16_t port, int flags)
{
	struct uh_peer asked = uh_public_port(port), said;
	struct pollfd wait = {.fd = listener, .events = POLLIN};
	int fd = uh_socket(flags), accepted;
	char byte = 0;

	SAME(uh_try(fd, &asked), 0);
	SAME(poll(&wait, 1, 0), 1);
	accepted = accept(listener, NULL, NULL);
	CHECK(accepted >= 0);
	SAME(send(fd, "x", 1, MSG_NOSIGNAL), 1);
	SAME(recv(accepted, &byte, 1, 0), 1);
	SAME(byte, 'x');
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &asked));
	close(accepted);
	close(fd);
}

static int listener_of(const char *format, uint16_t port)
{
	char name[64];

	snprintf(name, sizeof(name), format, port);
	return uh_unix_listener(name, 5);
}

static void each_port_its_socket(void)
{
	int listener[3];

	for (uint16_t i = 0; i < 3; i++)
		listener[i] = listener_of("%u.sock", FIRST + i);
	for (uint16_t i = 0; i < 3; i++) {
		arrives(listener[i], FIRST + i, 0);
		arrives(listener[2 - i], FIRST + 2 - i, SOCK_NONBLOCK);
	}
}

/* The socket of one port is missing; those of the other ports are not in back-off. */
static void one_is_dead(void)
{
	int listener = listener_of("%u.sock", FIRST), fd = uh_socket(0);

	uh_connect_port(fd, DEAD);
	TEXT(uh_who(fd), "decoy");
	arrives(listener, FIRST, 0);
	arrives(listener, FIRST, SOCK_NONBLOCK);
	fd = uh_socket(0);
	uh_connect_port(fd, DEAD);
	TEXT(uh_who(fd), "decoy");
}

static void by_address(void)
{
	char name[64];

	snprintf(name, sizeof(name), "at-%s.sock",
		 uh_family == AF_INET ? "203.0.113.1" : "2001:db8::1");
	arrives(uh_unix_listener(name, 5), BY_ADDRESS, 0);
}

static void abstract(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	int length = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "uh-%s-%d",
			      uh_family == AF_INET ? "203.0.113.1" : "2001:db8::1", ABSTRACT);

	SAME(bind(listener, (struct sockaddr *)&name,
		  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)),
	     0);
	SAME(listen(listener, 5), 0);
	arrives(listener, ABSTRACT, 0);
	arrives(listener, ABSTRACT, SOCK_NONBLOCK);
}

static void percent_sign(void)
{
	arrives(uh_unix_listener("50%.sock", 5), PERCENT, 0);
}

/* An IPv6 socket that asks for a mapped IPv4 address gets the path of the IPv4 address. */
static void mapped(void)
{
	struct uh_peer asked = uh_peer("::ffff:203.0.113.1", BY_ADDRESS);
	int listener = uh_unix_listener("at-203.0.113.1.sock", 5);
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	SAME(connect(fd, &asked.address, asked.length), 0);
	SAME(fcntl(listener, F_SETFL, O_NONBLOCK), 0);
	CHECK(accept(listener, NULL, NULL) >= 0);
}

/* The log names the socket of this connection. */
static void logged(void)
{
	int listener = listener_of("%u.sock", FIRST + 1), fd = uh_socket(0);

	uh_log_open();
	arrives(listener, FIRST + 1, 0);
	uh_log_was_written("/1121.sock");
	uh_connect_port(fd, DEAD);
	uh_log_was_written("/1123.sock does not answer: no such socket");
}

static const struct uh_test tests[] = {
    {"each port has its socket", each_port_its_socket, UH_PRELOADED, 0, 0},
    {"each port has its socket, compiled", each_port_its_socket, UH_PRELOADED, uh_compile, 0},
    {"one socket of the range is missing", one_is_dead, UH_PRELOADED, 0, 0},
    {"the address in the path", by_address, UH_PRELOADED, 0, 0},
    {"an abstract name", abstract, UH_PRELOADED, 0, 0},
    {"a percent sign", percent_sign, UH_PRELOADED, 0, 0},
    {"a mapped address", mapped, UH_PRELOADED | UH_V4, 0, 0},
    {"in the log", logged, UH_PRELOADED, uh_log_to_file, 0},
};

/* clang-format off */
#define ROUTES(prefix) \
	"route \"" prefix ":1120-1124\" { to = \"unix:$DIR/%p.sock\" }\n" \
	"route \"" prefix ":1125\" { to = \"unix:$DIR/at-%a.sock\" on_failure = \"refuse\" }\n" \
	"route \"" prefix ":1126-1127\" { to = \"unix:@uh-%a-%p\" on_failure = \"refuse\" }\n" \
	"route \"" prefix ":1128\" { to = \"unix:$DIR/50%%.sock\" on_failure = \"refuse\" }\n"
/* clang-format on */

UH_SUITE(tests, ROUTES("203.0.113.0/24") ROUTES("[2001:db8::1]"));
