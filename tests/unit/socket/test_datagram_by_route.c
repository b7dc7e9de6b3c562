/* SPDX-License-Identifier: MIT */
/* test_datagram_by_route.c: where datagrams go, and which address their answers bear. */
#include "made.h"

#include <netinet/in.h>
#include <unistd.h>

#include "names/name_cache.h"
#include "socket/datagram_by_route.h"
#include "socket/state/asked_addresses.h"
#include "socket/state/datagram_socket.h"
#include "table/name_answer.h"

static struct uh_routes routes;

static uid_t nobody(void)
{
	return 65534;
}

/* Makes a table of these routes, and decides by it. */
static void use(struct made *made)
{
	routes = (struct uh_routes){.table = made->table, .self = {NULL, nobody}};
}

#define USE(...)                                                                               \
	struct made *made = MADE_OF(__VA_ARGS__);                                              \
	use(made)

static int new_socket(sa_family_t domain)
{
	int fd = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0), zero = 0;

	assert_true(fd >= 0);
	if (domain == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	uh_datagram_socket_created(fd, domain);
	return fd;
}

static struct uh_datagram decide_endpoint(int fd, sa_family_t family,
					  const struct uh_endpoint *asked)
{
	struct sockaddr_storage address;
	struct uh_datagram datagram;

	memset(&datagram, 0xaa, sizeof(datagram));
	assert_int_not_equal(uh_endpoint_to_sockaddr(asked, family, &address), 0);
	errno = 4711;
	uh_datagram_decide(&routes, fd, asked, (struct sockaddr *)&address, &datagram);
	assert_int_equal(errno, 4711);
	return datagram;
}

static struct uh_datagram decide(int fd, sa_family_t family, const char *address, unsigned port)
{
	const struct uh_endpoint asked = made_endpoint(address, port);

	return decide_endpoint(fd, family, &asked);
}

/* True if an answer from `from` bears `asked`. */
static bool answer_bears(int fd, sa_family_t domain, const struct uh_endpoint *from,
			 const struct uh_endpoint *asked)
{
	struct sockaddr_storage name, wanted;
	socklen_t length = uh_endpoint_to_sockaddr(from, domain, &name);
	socklen_t wanted_length = uh_endpoint_to_sockaddr(asked, domain, &wanted);
	struct uh_asked found;

	if (!length || !uh_asked_find(fd, &found))
		return false;
	uh_asked_restore(&found, &name, sizeof(name), &length);
	return length == wanted_length && memcmp(&name, &wanted, length) == 0;
}

/* The datagram goes to port `port` of `address`, as a name of the family. */
static void expect_name(const struct uh_datagram *datagram, sa_family_t family,
			const char *address, unsigned port)
{
	const struct uh_endpoint to = made_endpoint(address, port);
	struct sockaddr_storage name;
	socklen_t length = uh_endpoint_to_sockaddr(&to, family, &name);

	assert_int_equal(datagram->error, 0);
	assert_int_equal(datagram->length, length);
	assert_memory_equal(&datagram->name, &name, length);
}

/* The decision leads to a target, and the answer bears the asked address. */
static void expect_routed(sa_family_t domain, const char *asked, unsigned port, const char *to,
			  unsigned to_port)
{
	const struct uh_endpoint destination = made_endpoint(asked, port);
	const struct uh_endpoint target = made_endpoint(to, to_port);
	int fd = new_socket(domain);
	struct uh_datagram datagram = decide(fd, domain, asked, port);

	expect_name(&datagram, domain, to, to_port);
	assert_non_null(datagram.route);
	assert_non_null(datagram.target);
	assert_int_equal(datagram.target->kind, UH_TARGET_IP);
	assert_true(answer_bears(fd, domain, &target, &destination));
	close(fd);
}

/* The datagram goes where the program sends it, and nothing is noted. */
static void expect_unrouted_on(int fd, sa_family_t family, const char *asked, unsigned port)
{
	struct uh_datagram datagram = decide(fd, family, asked, port);

	assert_int_equal(datagram.length, 0);
	assert_int_equal(datagram.error, 0);
	assert_null(datagram.target);
	assert_false(uh_fd_has_hint(fd, UH_HINT_ASKED));
	close(fd);
}

static void expect_unrouted(sa_family_t domain, const char *asked, unsigned port)
{
	int fd = new_socket(domain);

	uh_fd_remove_hint(fd, UH_HINT_ASKED); /* of an earlier test */
	expect_unrouted_on(fd, domain, asked, port);
}

static void test_ports(void **state)
{
	USE({"203.0.113.1:53", "192.0.2.1:1053", UH_UDP},
	    {"203.0.113.1:100-200", "192.0.2.2", UH_UDP}, {"203.0.113.2", "192.0.2.3", UH_UDP},
	    {"[2001:db8::1]:53", "[2001:db8::2]:1053", UH_UDP});

	(void)state;
	expect_routed(AF_INET, "203.0.113.1", 53, "192.0.2.1", 1053);
	expect_routed(AF_INET, "203.0.113.1", 123, "192.0.2.2", 123);
	expect_routed(AF_INET, "203.0.113.2", 7, "192.0.2.3", 7);
	expect_routed(AF_INET6, "203.0.113.1", 53, "192.0.2.1", 1053); /* in mapped form */
	expect_routed(AF_INET6, "2001:db8::1", 53, "2001:db8::2", 1053);
	expect_unrouted(AF_INET, "203.0.113.1", 54);
	expect_unrouted(AF_INET, "203.0.113.3", 53);
	made_free(made);
}

static void test_no_table(void **state)
{
	(void)state;
	routes = (struct uh_routes){.table = NULL};
	expect_unrouted(AF_INET, "203.0.113.1", 53);
}

static void test_protocols(void **state)
{
	USE({"203.0.113.1", "192.0.2.1", UH_TCP}, {"203.0.113.2", "192.0.2.2", UH_UDP},
	    {"203.0.113.3", "192.0.2.3", UH_ANY}, {"203.0.113.4", "192.0.2.4", UH_TCP},
	    {"203.0.113.0/24", "192.0.2.5", UH_UDP});

	(void)state;
	expect_routed(AF_INET, "203.0.113.1", 1, "192.0.2.5", 1);
	expect_routed(AF_INET, "203.0.113.2", 2, "192.0.2.2", 2);
	expect_routed(AF_INET, "203.0.113.3", 3, "192.0.2.3", 3);
	made_free(made);
	made = MADE_OF({"203.0.113.1", "192.0.2.1", UH_TCP});
	use(made);
	expect_unrouted(AF_INET, "203.0.113.1", 1);
	made_free(made);
}

/* Exact beats prefix, and a longer prefix beats a shorter one. */
static void test_most_specific(void **state)
{
	USE({"203.0.113.0/24", "192.0.2.1", UH_UDP}, {"203.0.113.7", "192.0.2.2", UH_UDP},
	    {"203.0.113.128/25", "192.0.2.3", UH_ANY},
	    {"203.0.113.129:53", "192.0.2.4", UH_UDP}, {"203.0.113.130", "direct", UH_UDP});

	(void)state;
	expect_routed(AF_INET, "203.0.113.1", 53, "192.0.2.1", 53);
	expect_routed(AF_INET, "203.0.113.7", 53, "192.0.2.2", 53);
	expect_routed(AF_INET, "203.0.113.200", 53, "192.0.2.3", 53);
	expect_routed(AF_INET, "203.0.113.129", 53, "192.0.2.4", 53);
	expect_routed(AF_INET, "203.0.113.129", 54, "192.0.2.3", 54);
	expect_unrouted(AF_INET, "203.0.113.130", 53);
	made_free(made);
}

/* Datagrams go to the first target with an IP address. */
static void test_unix_targets(void **state)
{
	USE({"203.0.113.1", "unix:/x unix:@y 192.0.2.1:1 192.0.2.2:2", UH_ANY},
	    {"203.0.113.2", "unix:/x", UH_ANY});
	int fd = new_socket(AF_INET);
	struct uh_datagram datagram;

	(void)state;
	expect_routed(AF_INET, "203.0.113.1", 53, "192.0.2.1", 1);
	datagram = decide(fd, AF_INET, "203.0.113.2", 53);
	assert_non_null(datagram.route); /* it is counted as one that no target takes */
	close(fd);
	expect_unrouted(AF_INET, "203.0.113.2", 53);
	made_free(made);
}

static void test_direct(void **state)
{
	USE({"203.0.113.0/24", "192.0.2.1", UH_UDP}, {"203.0.113.1", "direct", UH_ANY});
	int fd = new_socket(AF_INET);
	struct uh_datagram datagram;

	(void)state;
	datagram = decide(fd, AF_INET, "203.0.113.1", 53);
	assert_null(datagram.route);
	close(fd);
	expect_unrouted(AF_INET, "203.0.113.1", 53);
	made_free(made);
}

static void test_refuse(void **state)
{
	USE({"203.0.113.0/24", "192.0.2.1", UH_UDP}, {"203.0.113.1:53", "refuse", UH_ANY},
	    {"203.0.113.2", "refuse", UH_TCP});
	int fd = new_socket(AF_INET), one = 1;
	struct uh_datagram datagram;

	(void)state;
	uh_fd_remove_hint(fd, UH_HINT_ASKED);
	datagram = decide(fd, AF_INET, "203.0.113.1", 53);
	assert_int_equal(datagram.error, EPERM);
	assert_int_equal(datagram.length, 0);
	assert_non_null(datagram.route);
	assert_null(datagram.target);
	assert_false(uh_fd_has_hint(fd, UH_HINT_ASKED));
	expect_routed(AF_INET, "203.0.113.1", 54, "192.0.2.1", 54);
	expect_routed(AF_INET, "203.0.113.2", 53, "192.0.2.1", 53);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)), 0);
	uh_datagram_socket_set(fd, SOL_SOCKET, SO_BROADCAST);
	expect_unrouted_on(fd, AF_INET, "203.0.113.1", 53);
	made_free(made);
}

static void test_programs(void **state)
{
	USE({"203.0.113.1", "192.0.2.1", UH_UDP, {"/bin/a"}},
	    {"203.0.113.2", "192.0.2.2", UH_UDP, {"!/bin/a"}},
	    {"203.0.113.0/24", "192.0.2.3", UH_UDP});
	unsigned char verdict[64] = {0};

	(void)state;
	assert_in_range(uh_table_conditions(made->table), 1, 8 * sizeof(verdict) - 1);
	routes.self.matches_programs = verdict;
	uh_table_judge_programs(made->table, "/bin/a", verdict);
	expect_routed(AF_INET, "203.0.113.1", 53, "192.0.2.1", 53);
	expect_routed(AF_INET, "203.0.113.2", 53, "192.0.2.3", 53);
	memset(verdict, 0, sizeof(verdict));
	uh_table_judge_programs(made->table, "/bin/b", verdict);
	expect_routed(AF_INET, "203.0.113.1", 53, "192.0.2.3", 53);
	expect_routed(AF_INET, "203.0.113.2", 53, "192.0.2.2", 53);
	made_free(made);
}

static void test_users(void **state)
{
	USE({"203.0.113.1", "192.0.2.1", UH_UDP, .users = {{65534, 0}}, .user_count = 1},
	    {"203.0.113.2", "192.0.2.2", UH_UDP, .users = {{7, 0}}, .user_count = 1},
	    {"203.0.113.0/24", "192.0.2.3", UH_UDP, .users = {{65534, 0}}, .user_count = 1},
	    {"203.0.114.0/24", "192.0.2.4", UH_UDP, .users = {{7, 0}}, .user_count = 1});

	(void)state;
	expect_routed(AF_INET, "203.0.113.1", 53, "192.0.2.1", 53);
	expect_routed(AF_INET, "203.0.113.2", 53, "192.0.2.3", 53);
	expect_unrouted(AF_INET, "203.0.114.1", 53);
	made_free(made);
}

/* Only an exact route is for a group of hosts. */
static void test_groups(void **state)
{
	USE({"192.0.0.0/2", "10.0.0.1", UH_UDP}, {"224.0.0.0/4", "10.0.0.2", UH_UDP},
	    {"f000::/4", "2001:db8::1", UH_UDP}, {"ff00::/8", "2001:db8::2", UH_UDP},
	    {"224.0.0.251:5353", "10.0.0.3", UH_UDP}, {"255.255.255.255", "10.0.0.4", UH_UDP},
	    {"[ff02::fb]:5353", "2001:db8::3", UH_UDP});

	(void)state;
	expect_routed(AF_INET, "203.0.113.1", 53, "10.0.0.1", 53);
	expect_routed(AF_INET6, "fd00::1", 53, "2001:db8::1", 53);
	expect_unrouted(AF_INET, "224.0.0.252", 5353);
	expect_unrouted(AF_INET, "239.1.2.3", 53);
	expect_unrouted(AF_INET6, "239.1.2.3", 53); /* in mapped form */
	expect_unrouted(AF_INET6, "ff02::fc", 5353);
	expect_routed(AF_INET, "224.0.0.251", 5353, "10.0.0.3", 5353);
	expect_routed(AF_INET, "255.255.255.255", 67, "10.0.0.4", 67);
	expect_routed(AF_INET6, "ff02::fb", 5353, "2001:db8::3", 5353);
	made_free(made);
}

/* An IPv6 socket sends to IPv4 addresses in mapped form, unless it is for IPv6 alone. */
static void test_v4_target_of_v6(void **state)
{
	USE({"[2001:db8::1]:53", "192.0.2.1", UH_UDP},
	    {"[2001:db8::2]:53", "192.0.2.1 2001:db8::3", UH_UDP});
	const struct uh_endpoint asked = made_endpoint("2001:db8::2", 53);
	const struct uh_endpoint second = made_endpoint("2001:db8::3", 53);
	int fd = new_socket(AF_INET6), one = 1;
	struct uh_datagram datagram;

	(void)state;
	expect_routed(AF_INET6, "2001:db8::1", 53, "192.0.2.1", 53);
	expect_routed(AF_INET6, "2001:db8::2", 53, "192.0.2.1", 53);
	uh_fd_remove_hint(fd, UH_HINT_ASKED);
	assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)), 0);
	datagram = decide(fd, AF_INET6, "2001:db8::1", 53);
	assert_int_equal(datagram.length, 0);
	assert_non_null(datagram.route);
	assert_null(datagram.target);
	assert_false(uh_fd_has_hint(fd, UH_HINT_ASKED));
	datagram = decide(fd, AF_INET6, "2001:db8::2", 53);
	expect_name(&datagram, AF_INET6, "2001:db8::3", 53);
	assert_ptr_equal(datagram.target, uh_table_target(made->table, datagram.route, 1));
	assert_true(answer_bears(fd, AF_INET6, &second, &asked));
	close(fd);
	made_free(made);
}

/* An address of the family AF_INET has no room for an IPv6 target. */
static void test_v6_target_of_v4(void **state)
{
	USE({"203.0.113.1", "2001:db8::1", UH_UDP},
	    {"203.0.113.2", "[2001:db8::1]:7 192.0.2.2:8 192.0.2.3", UH_UDP});

	(void)state;
	expect_unrouted(AF_INET, "203.0.113.1", 53);
	expect_routed(AF_INET, "203.0.113.2", 53, "192.0.2.2", 8);
	expect_routed(AF_INET6, "203.0.113.1", 53, "2001:db8::1", 53); /* in mapped form */
	expect_routed(AF_INET6, "203.0.113.2", 53, "2001:db8::1", 7);
	made_free(made);
}

/* The family of the name is that of the address, which the kernel takes on an IPv6 socket. */
static void test_v4_name_on_v6_socket(void **state)
{
	USE({"203.0.113.1", "192.0.2.1", UH_UDP});
	const struct uh_endpoint asked = made_endpoint("203.0.113.1", 53);
	const struct uh_endpoint target = made_endpoint("192.0.2.1", 53);
	int fd = new_socket(AF_INET6);
	struct uh_datagram datagram = decide(fd, AF_INET, "203.0.113.1", 53);

	(void)state;
	expect_name(&datagram, AF_INET, "192.0.2.1", 53);
	assert_true(answer_bears(fd, AF_INET6, &target, &asked));
	close(fd);
	made_free(made);
}

/* The unspecified address means this host, and answers bear this host's address. */
static void test_unspecified(void **state)
{
	USE({"0.0.0.0/1", "192.0.2.1", UH_UDP});
	const struct uh_endpoint host = made_endpoint("127.0.0.1", 53);
	const struct uh_endpoint target = made_endpoint("192.0.2.1", 53);
	int fd = new_socket(AF_INET);
	struct uh_datagram datagram = decide(fd, AF_INET, "0.0.0.0", 53);

	(void)state;
	expect_name(&datagram, AF_INET, "192.0.2.1", 53);
	assert_true(answer_bears(fd, AF_INET, &target, &host));
	close(fd);
	made_free(made);
}

static void test_left_alone(void **state)
{
	USE({"203.0.113.1", "192.0.2.1", UH_ANY});
	int stream = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = new_socket(AF_INET);
	int one = 1;

	(void)state;
	uh_other_socket_created(stream);
	uh_fd_remove_hint(stream, UH_HINT_ASKED); /* of an earlier test */
	expect_unrouted_on(stream, AF_INET, "203.0.113.1", 53);
	uh_fd_remove_hint(fd, UH_HINT_ASKED);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)), 0);
	uh_datagram_socket_set(fd, SOL_SOCKET, SO_BROADCAST);
	expect_unrouted_on(fd, AF_INET, "203.0.113.1", 53);
	made_free(made);
}

/* Each destination of a socket has its own answers. */
static void test_several_destinations(void **state)
{
	USE({"203.0.113.1:53", "192.0.2.1", UH_UDP}, {"203.0.113.2:53", "192.0.2.2", UH_UDP});
	const struct uh_endpoint asked[] = {made_endpoint("203.0.113.1", 53),
					    made_endpoint("203.0.113.2", 53)};
	const struct uh_endpoint target[] = {made_endpoint("192.0.2.1", 53),
					     made_endpoint("192.0.2.2", 53)};
	int fd = new_socket(AF_INET);

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_non_null(decide_endpoint(fd, AF_INET, &asked[i % 2]).target);
	assert_true(answer_bears(fd, AF_INET, &target[0], &asked[0]));
	assert_true(answer_bears(fd, AF_INET, &target[1], &asked[1]));
	close(fd);
	made_free(made);
}

/* Then the answers of the target bear its own address, until a datagram is routed there again.
 */
static void test_target_itself(void **state)
{
	USE({"203.0.113.1:53", "192.0.2.1", UH_UDP}, {"192.0.2.1", "direct", UH_UDP});
	const struct uh_endpoint asked = made_endpoint("203.0.113.1", 53);
	const struct uh_endpoint target = made_endpoint("192.0.2.1", 53);
	int fd = new_socket(AF_INET);

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_not_equal(decide_endpoint(fd, AF_INET, &asked).length, 0);
		assert_true(answer_bears(fd, AF_INET, &target, &asked));
		assert_int_equal(decide_endpoint(fd, AF_INET, &target).length, 0);
		assert_true(answer_bears(fd, AF_INET, &target, &target));
	}
	close(fd);
	made_free(made);
}

/* Notes the real addresses of a name, as after its look-up. Returns its IPv4 stand-in. */
static struct uh_endpoint looked_up(const struct made *made, const char *name, unsigned port)
{
	struct uh_cached_name known = {.asked = 3, .reals = 1};

	strcpy(known.name, name);
	for (int family = 0; family < UH_FAMILIES; family++)
		known.stand_in[family] =
		    uh_table_stand_in(made->table, name, (enum uh_family)family, 0);
	assert_true(uh_address_parse("198.51.100.9", &known.real[0]));
	uh_name_cache_put(&known);
	return (struct uh_endpoint){known.stand_in[UH_IPV4], 0, (uint16_t)port};
}

/* A datagram to port `port` of api.example.com goes to `to`, and its answer says otherwise. */
static struct uh_datagram expect_stand_in(const struct made *made, unsigned port,
					  const char *to, unsigned to_port)
{
	const struct uh_endpoint asked = looked_up(made, "api.example.com", port);
	const struct uh_endpoint target = made_endpoint(to, to_port);
	int fd = new_socket(AF_INET);
	struct uh_datagram datagram = decide_endpoint(fd, AF_INET, &asked);

	expect_name(&datagram, AF_INET, to, to_port);
	assert_true(answer_bears(fd, AF_INET, &target, &asked));
	close(fd);
	return datagram;
}

static void test_stand_ins(void **state)
{
	USE({"api.example.com:53", "192.0.2.1:1053", UH_UDP},
	    {"api.example.com:54", "unix:/x", UH_ANY},
	    {"api.example.com:55", "unix:/x 192.0.2.2", UH_ANY},
	    {"api.example.com:56", "192.0.2.3", UH_TCP},
	    {"198.51.100.9:57", "192.0.2.4", UH_UDP}, {"198.51.100.9:54", "192.0.2.5", UH_UDP},
	    {"api.example.com:58", "2001:db8::1", UH_UDP});
	struct uh_datagram datagram;

	(void)state;
	assert_non_null(expect_stand_in(made, 53, "192.0.2.1", 1053).target);
	assert_non_null(expect_stand_in(made, 55, "192.0.2.2", 55).target);
	datagram = expect_stand_in(made, 56, "198.51.100.9", 56); /* the real address */
	assert_null(datagram.route);
	assert_null(datagram.target);
	assert_null(expect_stand_in(made, 58, "198.51.100.9", 58).target);
	assert_null(expect_stand_in(made, 59, "198.51.100.9", 59).target);
	/* The real address has routes of its own. */
	assert_non_null(expect_stand_in(made, 57, "192.0.2.4", 57).target);
	assert_non_null(expect_stand_in(made, 54, "192.0.2.5", 54).target);
	made_free(made);
}

static void test_refused_stand_ins(void **state)
{
	USE({"api.example.com:53", "refuse", UH_UDP}, {"api.example.com:54", "unix:/x", UH_ANY},
	    {"198.51.100.9:54", "refuse", UH_UDP}, {"api.example.com:55", "direct", UH_UDP});
	struct uh_endpoint asked;
	struct uh_datagram datagram;
	int fd = new_socket(AF_INET);

	(void)state;
	for (unsigned port = 53; port < 55; port++) {
		asked = looked_up(made, "api.example.com", port);
		datagram = decide_endpoint(fd, AF_INET, &asked);
		assert_int_equal(datagram.error, EPERM);
		assert_int_equal(datagram.length, 0);
		assert_null(datagram.target);
	}
	assert_null(expect_stand_in(made, 55, "198.51.100.9", 55).target);
	close(fd);
	made_free(made);
}

/* The name has no address of the family. */
static void test_stand_in_of_nothing(void **state)
{
	USE({"api.example.com:53", "unix:/x", UH_ANY});
	struct uh_endpoint asked = looked_up(made, "api.example.com", 53);
	struct uh_datagram datagram;
	int fd = new_socket(AF_INET6);

	(void)state;
	asked.address = uh_table_stand_in(made->table, "api.example.com", UH_IPV6, 0);
	datagram = decide_endpoint(fd, AF_INET6, &asked);
	assert_int_equal(datagram.error, ENETUNREACH);
	assert_int_equal(datagram.length, 0);
	close(fd);
	made_free(made);
}

/* Sockets that are left alone reach the real address all the same; nothing is noted. */
static void test_stand_ins_left_alone(void **state)
{
	USE({"api.example.com:53", "192.0.2.1:1053", UH_ANY});
	const struct uh_endpoint asked = looked_up(made, "api.example.com", 53);
	int fd[] = {new_socket(AF_INET), socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	struct uh_datagram datagram;
	int one = 1;

	(void)state;
	assert_int_equal(setsockopt(fd[0], SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)), 0);
	uh_datagram_socket_set(fd[0], SOL_SOCKET, SO_BROADCAST);
	uh_other_socket_created(fd[1]);
	for (int i = 0; i < 2; i++) {
		uh_fd_remove_hint(fd[i], UH_HINT_ASKED);
		datagram = decide_endpoint(fd[i], AF_INET, &asked);
		expect_name(&datagram, AF_INET, "198.51.100.9", 53);
		assert_null(datagram.route);
		assert_null(datagram.target);
		assert_false(uh_fd_has_hint(fd[i], UH_HINT_ASKED));
		close(fd[i]);
	}
	made_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_table),
	    cmocka_unit_test(test_ports),
	    cmocka_unit_test(test_protocols),
	    cmocka_unit_test(test_most_specific),
	    cmocka_unit_test(test_unix_targets),
	    cmocka_unit_test(test_direct),
	    cmocka_unit_test(test_refuse),
	    cmocka_unit_test(test_programs),
	    cmocka_unit_test(test_users),
	    cmocka_unit_test(test_groups),
	    cmocka_unit_test(test_v4_target_of_v6),
	    cmocka_unit_test(test_v6_target_of_v4),
	    cmocka_unit_test(test_v4_name_on_v6_socket),
	    cmocka_unit_test(test_unspecified),
	    cmocka_unit_test(test_left_alone),
	    cmocka_unit_test(test_several_destinations),
	    cmocka_unit_test(test_target_itself),
	    cmocka_unit_test(test_stand_ins),
	    cmocka_unit_test(test_refused_stand_ins),
	    cmocka_unit_test(test_stand_in_of_nothing),
	    cmocka_unit_test(test_stand_ins_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
