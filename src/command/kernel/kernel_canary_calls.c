/* SPDX-License-Identifier: MIT */
/* kernel_canary_calls.c: the calls that the canary makes, and the servers that answer them. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "kernel_canary.h"

/* The destinations of one family: unrouted is a neighbour of the one with a route. */
struct family {
	sa_family_t family;
	const char *routed, *target, *unrouted;
};
static const struct family families[] = {
    {AF_INET, UH_CANARY_IPV4, UH_CANARY_TARGET_IPV4, "192.0.2.2"},
    {AF_INET6, UH_CANARY_IPV6, UH_CANARY_TARGET_IPV6, "2001:db8::2"},
};

/* The servers of one family, both at the routes' target. */
struct servers {
	int stream, datagram;
};

/* One destination, and the verdict on the calls that ask for it. */
struct test {
	const struct servers *servers;
	struct uh_endpoint asked;
	struct sockaddr_storage name; /* asked */
	socklen_t length;
	sa_family_t family;
	bool reached; /* expected: a server is reached; otherwise ENETUNREACH */
	bool routed;
	const char *call; /* the kind of call, in messages */
	struct uh_verdict *verdict;
};

/* Writes the fault: which call, and in what way it failed. Returns false. */
static bool fail(const struct test *test, const char *how, const char *detail)
{
	char asked[UH_ENDPOINT_TEXT];

	snprintf(test->verdict->fault, sizeof(test->verdict->fault), "%s to %s, %s: %s%s",
		 test->call, uh_endpoint_format(&test->asked, asked),
		 test->routed ? "with a table" : "without a table", how, detail);
	return false;
}

/* Names the call that is made next, as the one that did not end. */
static void begin(struct test *test, const char *call)
{
	test->call = call;
	fail(test, "did not end", "");
}

static bool is_same(const struct uh_endpoint *a, const struct uh_endpoint *b)
{
	return memcmp(&a->address, &b->address, sizeof(a->address)) == 0 && a->port == b->port;
}

/* Checks an address that a call said to be the destination's. */
static bool is_asked(const struct test *test, const char *call,
		     const struct sockaddr_storage *name, socklen_t length)
{
	struct uh_endpoint said = {.port = 0};
	char text[UH_ENDPOINT_TEXT];

	if (uh_endpoint_from_sockaddr((const struct sockaddr *)name, length, &said) &&
	    is_same(&said, &test->asked))
		return true;
	return fail(test, call, uh_endpoint_format(&said, text));
}

static bool is_peer(const struct test *test, int fd)
{
	struct sockaddr_storage name = {.ss_family = AF_UNSPEC};
	socklen_t length = sizeof(name);

	if (getpeername(fd, (struct sockaddr *)&name, &length) != 0)
		return fail(test, "getpeername(): ", strerror(errno));
	return is_asked(test, "getpeername() says ", &name, length);
}

/* Checks the result of the call that asks for the destination. */
static bool is_expected(const struct test *test, ssize_t result)
{
	if (test->reached)
		return result >= 0 || fail(test, "failed: ", strerror(errno));
	if (result >= 0)
		return fail(test, "succeeded; expected: ", strerror(ENETUNREACH));
	if (errno == ENETUNREACH)
		return true;
	return fail(test, "expected ENETUNREACH and not: ", strerror(errno));
}

/* Accepts one connection, and checks that it is the client's. */
static bool accept_client(const struct test *test, int client)
{
	struct sockaddr_storage own, peer;
	socklen_t own_length = sizeof(own), length = sizeof(peer);
	struct uh_endpoint here, there;
	int fd =
	    accept4(test->servers->stream, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC);

	if (fd < 0)
		return fail(test, "accept(): ", strerror(errno));
	close(fd);
	if (getsockname(client, (struct sockaddr *)&own, &own_length) == 0 &&
	    uh_endpoint_from_sockaddr((struct sockaddr *)&own, own_length, &here) &&
	    uh_endpoint_from_sockaddr((struct sockaddr *)&peer, length, &there) &&
	    is_same(&here, &there))
		return true;
	return fail(test, "the server accepted another connection", "");
}

/* Takes a datagram to the server and the answer back, and checks the answer's sender. */
static bool answer_client(const struct test *test, int client)
{
	int server = test->servers->datagram;
	struct sockaddr_storage name = {.ss_family = AF_UNSPEC};
	socklen_t length = sizeof(name);
	char byte;

	if (recvfrom(server, &byte, 1, 0, (struct sockaddr *)&name, &length) != 1 ||
	    sendto(server, &byte, 1, 0, (struct sockaddr *)&name, length) != 1)
		return fail(test, "the server cannot answer: ", strerror(errno));
	length = sizeof(name);
	if (recvfrom(client, &byte, 1, 0, (struct sockaddr *)&name, &length) != 1)
		return fail(test, "no answer: ", strerror(errno));
	return is_asked(test, "recvfrom() says the answer's sender is ", &name, length);
}

static bool try_stream(struct test *test, int fd)
{
	begin(test, "a TCP connection");
	if (!is_expected(test, connect(fd, (struct sockaddr *)&test->name, test->length)))
		return false;
	return !test->reached || (is_peer(test, fd) && accept_client(test, fd));
}

static bool try_datagram(struct test *test, int fd)
{
	begin(test, "a datagram");
	if (!is_expected(test,
			 sendto(fd, "", 1, 0, (struct sockaddr *)&test->name, test->length)))
		return false;
	return !test->reached || answer_client(test, fd);
}

static bool try_connected_datagram(struct test *test, int fd)
{
	begin(test, "a connected datagram socket");
	if (!is_expected(test, connect(fd, (struct sockaddr *)&test->name, test->length)))
		return false;
	return !test->reached || (is_peer(test, fd) && is_expected(test, send(fd, "", 1, 0)) &&
				  answer_client(test, fd));
}

/* Calls a function with a new socket. */
static bool with_socket(struct test *test, int type, bool (*call)(struct test *, int))
{
	int fd = socket(test->family, type | SOCK_CLOEXEC, 0);
	bool good;

	if (fd < 0)
		return fail(test, "socket(): ", strerror(errno));
	good = call(test, fd);
	close(fd);
	return good;
}

/* Makes the three calls with a destination. */
static bool ask(struct test *test, const char *address, uint16_t port, bool reached)
{
	test->asked.port = port;
	test->reached = reached;
	uh_address_parse(address, &test->asked.address);
	test->length = uh_endpoint_to_sockaddr(&test->asked, test->family, &test->name);
	begin(test, "a call");
	return with_socket(test, SOCK_STREAM, try_stream) &&
	       with_socket(test, SOCK_DGRAM, try_datagram) &&
	       with_socket(test, SOCK_DGRAM, try_connected_datagram);
}

/* Opens a server at the target. Returns a descriptor, or -1 with errno. */
static int serve(const struct family *family, int type)
{
	struct uh_endpoint target = {.port = UH_CANARY_TARGET_PORT};
	struct sockaddr_storage name;
	socklen_t length;
	int fd = socket(family->family, type | SOCK_CLOEXEC, 0), on = 1, error;

	if (fd < 0)
		return -1;
	/* Connections of the calls before may be in TIME-WAIT. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	uh_address_parse(family->target, &target.address);
	length = uh_endpoint_to_sockaddr(&target, family->family, &name);
	if (bind(fd, (struct sockaddr *)&name, length) == 0 &&
	    (type != SOCK_STREAM || listen(fd, 1) == 0))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static bool has_no_ipv6(const struct family *family)
{
	return family->family == AF_INET6 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL);
}

static bool ask_family(const struct family *family, bool routed, struct uh_verdict *verdict)
{
	const struct servers servers = {serve(family, SOCK_STREAM), serve(family, SOCK_DGRAM)};
	struct test test = {.servers = &servers,
			    .family = family->family,
			    .routed = routed,
			    .verdict = verdict};
	bool good = false;

	if (servers.stream >= 0 && servers.datagram >= 0)
		good = ask(&test, family->routed, UH_CANARY_ASKED_PORT, routed) &&
		       ask(&test, family->target, UH_CANARY_TARGET_PORT, true) &&
		       ask(&test, family->unrouted, UH_CANARY_ASKED_PORT, false);
	else if (has_no_ipv6(family))
		good = snprintf(verdict->skipped, sizeof(verdict->skipped), "IPv6: %s",
				strerror(errno)) > 0;
	else
		snprintf(verdict->fault, sizeof(verdict->fault), "no server at %s: %s",
			 family->target, strerror(errno));
	if (servers.stream >= 0)
		close(servers.stream);
	if (servers.datagram >= 0)
		close(servers.datagram);
	return good;
}

bool uh_kernel_canary_calls(bool routed, struct uh_verdict *verdict)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
		if (!ask_family(&families[i], routed, verdict))
			return false;
	return true;
}
