/* SPDX-License-Identifier: MIT */
/* world.c: makes the network namespace of fuzz_sockaddr.c. */
#include "world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/un.h>
#include <unistd.h>

#include "fuzz.h"

enum { SERVERS = 7 };

static const char routes[] = "203.0.113.1:7001=unix:@uh-fuzz [2001:db8::1]:7001=unix:@uh-fuzz "
			     "203.0.113.1:7002=unix:@uh-fuzz [2001:db8::1]:7002=unix:@uh-fuzz "
			     "203.0.113.1:7003=127.0.0.2:7000 [2001:db8::1]:7003=[::1]:7000 "
			     "203.0.113.1:7004=[::1]:7000 [2001:db8::1]:7004=127.0.0.2:7000";
static int server[SERVERS], servers;

struct in6_request {
	struct in6_addr address;
	uint32_t prefix_length;
	int index;
};

static void enter(void)
{
	if (unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)
		return;
	perror("SKIP: no network name space");
	_exit(77);
}

static void add_addresses(void)
{
	int v4 = socket(AF_INET, SOCK_DGRAM, 0), v6 = socket(AF_INET6, SOCK_DGRAM, 0);
	struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	struct ifreq add = {.ifr_name = "lo:1"};
	struct in6_request request = {.prefix_length = 128, .index = 1};
	struct sockaddr_in *address = (struct sockaddr_in *)&add.ifr_addr;

	address->sin_family = AF_INET;
	inet_pton(AF_INET, "203.0.113.1", &address->sin_addr);
	inet_pton(AF_INET6, "2001:db8::1", &request.address);
	MUST(ioctl(v4, SIOCSIFFLAGS, &up) == 0 && ioctl(v4, SIOCSIFADDR, &add) == 0);
	MUST(ioctl(v6, SIOCSIFADDR, &request) == 0);
	close(v4);
	close(v6);
}

static void serve(int domain, const void *address, size_t length)
{
	int fd = socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), off = 0;

	if (domain == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	MUST(bind(fd, address, (socklen_t)length) == 0 && listen(fd, 128) == 0);
	server[servers++] = fd;
}

static void serve_all(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0uh-fuzz"};
	struct sockaddr_in6 any = {.sin6_family = AF_INET6};

	serve(AF_UNIX, &name, offsetof(struct sockaddr_un, sun_path) + sizeof("\0uh-fuzz") - 1);
	for (uint16_t port = WORLD_PORT; port < WORLD_PORT + 5; port++) {
		any.sin6_port = htons(port);
		serve(AF_INET6, &any, sizeof(any));
	}
}

void world_make(void)
{
	/* First, because the preload object's unshare() reads the routes. */
	setenv("UNHAIRPIN_CONF", "/dev/null", 1);
	setenv("UNHAIRPIN_ROUTES", routes, 1);
	setenv("UNHAIRPIN_LOG", "off", 1);
	enter();
	add_addresses();
	serve_all();
}

size_t world_address(struct sockaddr_storage *address, int family, bool mapped, uint16_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)address;

	if (family == AF_INET) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		inet_pton(AF_INET, "203.0.113.1", &in->sin_addr);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	inet_pton(AF_INET6, mapped ? "::ffff:203.0.113.1" : "2001:db8::1", &in6->sin6_addr);
	return sizeof(*in6);
}

/* The port has the same offset in both families. */
bool world_is_routed(const struct sockaddr_storage *address)
{
	unsigned port = ntohs(((const struct sockaddr_in *)address)->sin_port);

	return port > WORLD_PORT && port < WORLD_PORT + 5;
}

void world_accept(void)
{
	const struct linger reset = {1, 0};
	int fd;

	for (int i = 0; i < servers; i++)
		while ((fd = accept4(server[i], NULL, NULL, SOCK_CLOEXEC)) >= 0) {
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
			close(fd);
		}
}

int world_count_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 64; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}
