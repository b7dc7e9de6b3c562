/* SPDX-License-Identifier: MIT */
/*
 * test_flatten.c: the rows answer as the table does: random tables and random questions, and
 * what the kernel leaves alone.
 */
#include "made.h"

#include "flatten/carriable.h"
#include "flatten/flatten.h"
#include "table/name_answer.h"
#include "table/stand_in.h"

#define TABLES 500
#define QUESTIONS 200 /* for each table: 100,000 in all */
#define ROUTES 40

static uint64_t random_state = 3;

static unsigned below(unsigned limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % limit;
}

static uid_t asking_user;

static uid_t effective_user(void)
{
	return asking_user;
}

static bool is_local(const struct uh_address *address, void *context)
{
	(void)context;
	return address->byte[15] == 7;
}

static struct uh_rows flattened(const struct uh_table *table)
{
	const struct uh_flatten_origin origin = {
	    .file = "/etc/a.conf", .routes = "", .network = 5, .time = 9, .is_local = is_local};
	struct uh_rows rows;

	assert_true(uh_flatten(table, &origin, &rows));
	return rows;
}

/* A destination: mostly one of few addresses, with a prefix that often contains others. */
static void random_destination(char *text, size_t size)
{
	static const char *const at[] = {
	    "203.0.113.%u",	"203.0.113.%u/32", "203.0.113.0/24", "203.0.112.0/22",
	    "203.0.0.0/16",	"0.0.0.0/1",	   "0.0.0.0/0",	     "224.0.0.%u",
	    "224.0.0.0/4",	"255.255.255.255", "[2001:db8::%x]", "[2001:db8::]/32",
	    "[2001:db8::]/125", "[::]/0",	   "[ff02::%x]",     "[ff00::]/8",
	    "a%u.example.com",	"*.example.com",   "*.b.example.com"};
	unsigned kind = below(sizeof(at) / sizeof(*at)), first = below(12) * 100;

	/* Most routes are for single addresses, as in life. */
	if (below(3) == 0)
		kind = below(2) * 10;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, size, at[kind], below(8));
#pragma GCC diagnostic pop
	if (below(3) == 0)
		snprintf(text + strlen(text), 16, ":%u", first + 1);
	else if (below(2) == 0)
		snprintf(text + strlen(text), 16, ":%u-%u", first + 1, first + 1 + below(400));
}

static struct made_route random_route(char *text, size_t size)
{
	static const char *const to[] = {"192.0.2.1",
					 "192.0.2.7:81 192.0.2.2",
					 "unix:/x",
					 "unix:/x [fd00::1]:80 127.0.0.1:82",
					 "127.0.0.1:83 [::1]:84",
					 "192.0.2.3 [fd00::7]:9",
					 "direct",
					 "refuse"};
	struct made_route route = {.at = text, .protocol = 1 + below(3)};
	unsigned kind = below(sizeof(to) / sizeof(*to));

	random_destination(text, size);
	route.on_failure = below(2) ? UH_ORIGINAL : UH_REFUSE;
	if (route.protocol == UH_UDP && (kind == 2 || kind == 3))
		kind = 0;
	route.to = to[kind];
	if (kind == 7)
		route.on_failure = UH_REFUSE;
	if (below(8) == 0)
		route.programs[0] = "curl";
	if (below(20) == 0 && kind == 3)
		route.peers[route.peer_count++].id = 3;
	for (unsigned users = below(3) ? 0 : below(4); route.user_count < users;) {
		route.users[route.user_count].excluded = below(3) == 0;
		route.users[route.user_count++].id = below(4);
	}
	return route;
}

/* Builds a table of random routes; those that contradict others are left out. */
static struct made *random_table(char text[ROUTES][64])
{
	struct made *made = made_new();
	unsigned count = 1 + below(ROUTES - 1);

	for (unsigned i = 0; i < count; i++) {
		struct made_route route = random_route(text[i], sizeof(text[i]));

		made_add(made, route);
	}
	made->image = uh_builder_finish(made->builder, &made->size);
	if (made->image)
		made->table = uh_table_open(made->image, made->size);
	return made;
}

/* An address that a route may be for, or its neighbour. */
static struct uh_endpoint random_question(const struct uh_table *table)
{
	static const char *const at[] = {
	    "203.0.113.4",	"203.0.112.255", "203.1.0.0",	   "128.0.0.0",
	    "224.0.0.3",	"240.0.0.0",	 "2001:db8::4",	   "2001:db9::",
	    "::ffff:ffff:0:0",	"ff02::3",	 "ff20::3",	   "::1:0:0:0",
	    "::fffe:ffff:ffff", "::1",		 "255.255.255.255"};
	struct uh_endpoint asked =
	    made_endpoint(at[below(sizeof(at) / sizeof(*at))], below(1300));

	asked.address.byte[15] ^= (unsigned char)below(8);
	if (below(4) == 0) {
		char name[32];

		snprintf(name, sizeof(name), "a%u.example.com", below(9));
		asked.address = uh_table_stand_in(table, name, below(2) ? UH_IPV4 : UH_IPV6, 0);
	}
	if (below(6) == 0)
		asked.port = (uint16_t)(below(2) * UINT16_MAX);
	return asked;
}

static void assert_target(const struct uh_rows *rows, uint32_t index,
			  const struct uh_table_target *target)
{
	const union uh_row *row = uh_rows_at(rows, index);
	struct uh_address address;

	if (!target) {
		assert_int_equal(index, 0);
		return;
	}
	assert_non_null(row);
	for (int i = 0; i < 8; i++) {
		address.byte[i] = (unsigned char)(row->target.high >> (56 - 8 * i));
		address.byte[8 + i] = (unsigned char)(row->target.low >> (56 - 8 * i));
	}
	assert_memory_equal(&address, &target->address, sizeof(address));
	assert_int_equal(row->target.port, target->port);
	assert_int_equal(row->target.flags & UH_ON_LOOPBACK,
			 uh_address_is_loopback(&address) ? UH_ON_LOOPBACK : 0);
	assert_int_equal(row->target.flags & UH_ON_THIS_HOST,
			 is_local(&address, NULL) ? UH_ON_THIS_HOST : 0);
}

static void assert_carried(const struct uh_table *table, const struct uh_rows *rows,
			   const struct uh_cell_row *cell, const struct uh_table_route *route)
{
	uint32_t ipv4 = 9, ipv6 = 9;
	const struct uh_table_target *to_ipv4 =
	    uh_route_ip_target(table, route, UH_IPV4, &ipv4);
	const struct uh_table_target *to_ipv6 =
	    uh_route_ip_target(table, route, UH_IPV6, &ipv6);

	assert_int_equal(cell->action, UH_CELL_TARGET);
	assert_target(rows, cell->ipv4, to_ipv4);
	assert_target(rows, cell->ipv6, to_ipv6);
	assert_int_equal(cell->ipv6_first, ipv6 < ipv4);
	assert_int_equal(uh_rows_at(rows, cell->route + 1)->route.id, route->id);
}

/* Asks the table as for a program that every condition includes, and compares. */
static void compare(const struct uh_table *table, const struct uh_rows *rows,
		    const struct uh_endpoint *asked, enum uh_protocol protocol)
{
	unsigned char every[16];
	struct uh_self self = {memset(every, 0xff, sizeof(every)), effective_user, false};
	const struct uh_table_route *route = uh_table_find(table, asked, protocol, &self);
	const struct uh_cell_row *cell = uh_rows_answer(rows, asked, protocol, asking_user);
	bool stand_in = uh_table_stands_for(table, &asked->address);
	enum uh_carriable carriable = route ? uh_route_carriable(table, route) : UH_ONLY_UNIX;

	if (!route && !stand_in) {
		assert_null(cell);
		return;
	}
	assert_non_null(cell);
	if (carriable == UH_CARRIED) {
		assert_carried(table, rows, cell, route);
		assert_int_equal(cell->asks, protocol == UH_TCP && !stand_in &&
						 route->on_failure == UH_ORIGINAL);
		assert_int_equal(cell->error, stand_in ? ENETUNREACH : 0);
	} else if (carriable == UH_CARRIED_EXCEPTION && uh_table_refuses(table, route)) {
		assert_int_equal(cell->action, UH_CELL_FAIL);
		assert_int_equal(cell->error, protocol == UH_TCP ? ECONNREFUSED : EPERM);
	} else {
		assert_int_equal(cell->action, stand_in ? UH_CELL_FAIL : UH_CELL_PASS);
		assert_int_equal(cell->error, stand_in ? ENETUNREACH : 0);
	}
}

static void test_random(void **state)
{
	char text[ROUTES][64];
	unsigned asked = 0;

	(void)state;
	while (asked < TABLES * QUESTIONS) {
		struct made *made = random_table(text);
		struct uh_rows rows = {0};

		if (made->table)
			rows = flattened(made->table);
		for (unsigned i = 0; made->table && i < QUESTIONS; i++, asked++) {
			struct uh_endpoint question = random_question(made->table);

			asking_user = below(5);
			compare(made->table, &rows, &question, below(2) ? UH_TCP : UH_UDP);
		}
		free(rows.row);
		made_free(made);
	}
}

static const struct uh_cell_row *answer(const struct uh_rows *rows, const char *address,
					unsigned port, uint32_t user)
{
	struct uh_endpoint asked = made_endpoint(address, port);

	return uh_rows_answer(rows, &asked, UH_TCP, user);
}

static void test_no_routes(void **state)
{
	struct made *made = made_of(NULL, 0);
	struct uh_rows rows = flattened(made->table);

	(void)state;
	assert_null(answer(&rows, "203.0.113.1", 443, 0));
	assert_int_equal(rows.row->header.version, UH_KERNEL_TABLE_VERSION);
	assert_string_equal(uh_rows_text(&rows, rows.row[UH_ORIGIN_ROW].origin.file),
			    "/etc/a.conf");
	free(rows.row);
	made_free(made);
}

/* The first and the last address of both families have routes. */
static void test_ends(void **state)
{
	struct made *made = MADE_OF({"0.0.0.1", "192.0.2.1"}, {"255.255.255.255", "192.0.2.1"},
				    {"::2", "192.0.2.1"},
				    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "192.0.2.1"});
	struct uh_rows rows = flattened(made->table);

	(void)state;
	assert_non_null(answer(&rows, "0.0.0.1", 0, 0));
	assert_null(answer(&rows, "0.0.0.0", 0, 0));
	assert_non_null(answer(&rows, "255.255.255.255", 65535, 0));
	assert_null(answer(&rows, "255.255.255.254", 0, 0));
	assert_null(answer(&rows, "::1:0:0:0", 0, 0));
	assert_non_null(answer(&rows, "::2", 9, 0));
	assert_null(answer(&rows, "::1", 9, 0));
	assert_non_null(answer(&rows, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 9, 0));
	free(rows.row);
	made_free(made);
}

/* Equal answers beside each other are one interval, but each family has its own prefilter. */
static void test_same_answer_in_both_families(void **state)
{
	struct made *made = MADE_OF({"0.0.0.0/0", "direct"}, {"::/0", "direct"});
	struct uh_rows rows = flattened(made->table);

	(void)state;
	assert_non_null(answer(&rows, "203.0.113.1", 1, 0));
	assert_non_null(answer(&rows, "2001:db8::1", 1, 0));
	assert_non_null(answer(&rows, "::1", 1, 0));
	free(rows.row);
	made_free(made);
}

/* Twenty routes for users are before the route for everyone: the kernel knows sixteen. */
static void test_long_chain(void **state)
{
	struct made *made = made_new();
	struct uh_rows rows;

	(void)state;
	MADE_ADD(made, "203.0.113.1", "192.0.2.99");
	for (unsigned i = 0; i < 20; i++) {
		char *text = malloc(32);

		snprintf(text, 32, "203.0.113.1:1-%u", 1000 + i);
		made_add(made, (struct made_route){.at = text,
						   .to = "192.0.2.1",
						   .users = {{.id = i}},
						   .user_count = 1});
		free(text);
	}
	rows = flattened(made_table(made));
	assert_int_equal(answer(&rows, "203.0.113.1", 500, 3)->action, UH_CELL_TARGET);
	assert_int_equal(answer(&rows, "203.0.113.1", 500, 14)->action, UH_CELL_TARGET);
	assert_int_equal(answer(&rows, "203.0.113.1", 500, 15)->action, UH_CELL_PASS);
	assert_int_equal(answer(&rows, "203.0.113.1", 500, 99)->action, UH_CELL_PASS);
	assert_int_equal(answer(&rows, "203.0.113.1", 5000, 99)->action, UH_CELL_TARGET);
	free(rows.row);
	made_free(made);
}

/* A hundred thousand exact routes: two rows an address, and one run of segments for all. */
static void test_size(void **state)
{
	struct made *made = made_new();
	struct uh_rows rows;

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		char text[32];

		snprintf(text, sizeof(text), "100.%u.%u.%u:443", i >> 16, i >> 8 & 255,
			 i & 255);
		MADE_ADD(made, text, "192.0.2.1");
	}
	rows = flattened(made_table(made));
	assert_non_null(answer(&rows, "100.1.134.159", 443, 0));
	assert_null(answer(&rows, "100.1.134.160", 443, 0));
	assert_null(answer(&rows, "100.0.0.0", 80, 0));
	assert_true(rows.count < 1000000);
	free(rows.row);
	made_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_random),
	    cmocka_unit_test(test_no_routes),
	    cmocka_unit_test(test_ends),
	    cmocka_unit_test(test_same_answer_in_both_families),
	    cmocka_unit_test(test_long_chain),
	    cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
