/* SPDX-License-Identifier: MIT */
/* test_connect_by_route.c: what a decision of the routes means for a socket. */
#include "made.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "socket/connect_by_route.h"

static unsigned searches;

/* Asked once in each search that reaches a route with users. */
static uid_t effective_user(void)
{
	searches++;
	return 1000;
}

static struct uh_routes routes;
static struct sockaddr_in address;

/* The first step of connect() for fd to 203.0.113.1:443. */
static bool begin(struct uh_connect_call *call, struct uh_decision *decision, int fd)
{
	struct sockaddr_storage name;
	int result;

	*decision = (struct uh_decision){.routes = &routes, .is_ip = true};
	decision->asked = made_endpoint("203.0.113.1", 443);
	uh_endpoint_to_sockaddr(&decision->asked, AF_INET, &name);
	memcpy(&address, &name, sizeof(address));
	searches = 0;
	assert_true(uh_table_concerns(routes.table, &decision->asked, UH_ANY, &routes.self,
				      &decision->route));
	return uh_connect_begin(call, decision, fd, (struct sockaddr *)&address,
				sizeof(address), &result);
}

static struct made *table_of(struct made_route first, struct made_route second)
{
	struct made *made = made_new();

	first.users[0] = second.users[0] = (struct uh_user){.id = 1000};
	first.user_count = second.user_count = 1;
	assert_int_equal(made_add(made, first), 0);
	assert_int_equal(made_add(made, second), 0);
	made_table(made);
	routes = (struct uh_routes){.table = made->table,
				    .self = {.effective_user = effective_user}};
	return made;
}

/* The table is searched once for a connection. */
static void test_searched_once(void **state)
{
	struct made *made = table_of((struct made_route){.at = "203.0.113.1:443", .line = 1},
				     (struct made_route){.at = "203.0.113.0/24", .line = 2});
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct uh_decision decision;
	struct uh_connect_call call;

	(void)state;
	assert_true(begin(&call, &decision, fd));
	assert_int_equal(call.attempt.route->line, 1);
	assert_int_equal(call.protocol, UH_TCP);
	assert_int_equal(searches, 1);
	close(fd);
	made_free(made);
}

/* The decision was made before the socket was read: its route may be for the other protocol. */
static void test_other_protocol(void **state)
{
	struct made *made = table_of(
	    (struct made_route){.at = "203.0.113.1:443", .line = 1},
	    (struct made_route){.at = "203.0.113.0/24", .protocol = UH_UDP, .line = 2});
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct uh_decision decision;
	struct uh_connect_call call;

	(void)state;
	assert_true(begin(&call, &decision, fd));
	assert_int_equal(decision.route->line, 1);
	assert_int_equal(call.attempt.route->line, 2);
	assert_int_equal(call.protocol, UH_UDP);
	assert_int_equal(searches, 2);
	close(fd);
	made_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_searched_once),
	    cmocka_unit_test(test_other_protocol),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
