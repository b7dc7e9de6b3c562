/* SPDX-License-Identifier: MIT */
/* test_compare_tables.c: the differences of random tables, against asking at every point. */
#include "made.h"

#include "command/diff/changes.h"
#include "table/section.h"

enum { ADDRESSES = 18, PORTS = 12, PROTOCOLS = 2, NAMES = 3, ROUNDS = 400 };

/* How often each point is covered by a difference: addresses, then names. */
static struct {
	const struct uh_table *table[UH_SIDES];
	unsigned covered[ADDRESSES + NAMES][PORTS][PROTOCOLS];
} test;

static const char *const names[NAMES] = {"a.example.com", "b.a.example.com", "c.example.com"};
static unsigned state = 12345;

/* A number below limit: the same ones in each run. */
static unsigned any(unsigned limit)
{
	state = state * 1103515245 + 12345;
	return (state >> 16) % limit;
}

/* From 203.0.112.255 to 203.0.113.16: the universe of the routes, and one more at each end. */
static struct uh_address address_of(unsigned i)
{
	struct uh_address address;
	char text[32];

	snprintf(text, sizeof(text), "203.0.11%u.%u", i ? 3u : 2u, i ? i - 1 : 255u);
	assert_true(uh_address_parse(text, &address));
	return address;
}

static uint16_t port_of(unsigned i)
{
	return i == PORTS - 1 ? 65535 : (uint16_t)i;
}

static const struct uh_table_chain *ask(enum uh_side side, unsigned place, unsigned port,
					enum uh_protocol protocol)
{
	static struct uh_table_chain chain[UH_SIDES];
	struct uh_endpoint endpoint = {.port = port_of(port)};
	const char *name = place < ADDRESSES ? NULL : names[place - ADDRESSES];
	size_t found;

	if (!name)
		endpoint.address = address_of(place);
	found = uh_table_find_all(test.table[side], name, &endpoint, protocol, NULL,
				  chain[side].route, UH_ANSWER_MAX);
	for (size_t i = 0; i < found; i++)
		if (chain[side].route[i]->programs == UH_NONE) {
			found =
			    i + !uh_table_goes_direct(test.table[side], chain[side].route[i]);
			break;
		}
	chain[side].count = found;
	return &chain[side];
}

/* Writes what an answer does: another way than same_route.c. */
static void write_answer(enum uh_side side, const struct uh_table_chain *chain, char *text)
{
	const struct uh_table *table = test.table[side];

	*text = '\0';
	for (size_t i = 0; i < chain->count; i++) {
		const struct uh_table_route *route = chain->route[i];
		const struct uh_condition *condition =
		    uh_item(table, UH_CONDITIONS, route->programs);
		char one[UH_TARGET_TEXT];
		struct uh_target target;

		uh_table_copy_target(table, uh_table_target(table, route, 0), NULL, &target);
		strcat(strcat(text, uh_target_format(&target, one)), " ");
		strcat(text, condition ? uh_table_text(table, condition->text) : "");
		strcat(text, route->on_failure ? " refuse;" : ";");
	}
}

static bool contains(const struct uh_address *first, const struct uh_address *last,
		     const struct uh_address *address)
{
	return memcmp(first, address, sizeof(*address)) <= 0 &&
	       memcmp(address, last, sizeof(*address)) <= 0;
}

/* A wildcard stands for the names without a node of their own. */
static bool is_for(const struct uh_difference *difference, unsigned place)
{
	struct uh_address address;

	if (place >= ADDRESSES)
		return difference->name &&
		       strcmp(difference->name, names[place - ADDRESSES]) == 0;
	address = address_of(place);
	return !difference->name && contains(&difference->first, &difference->last, &address);
}

static bool cover(void *context, const struct uh_difference *difference)
{
	int protocol = difference->protocol == UH_UDP;

	(void)context;
	for (unsigned i = 0; i < ADDRESSES + NAMES; i++)
		for (unsigned port = 0; port < PORTS; port++)
			if (is_for(difference, i) && difference->first_port <= port_of(port) &&
			    port_of(port) <= difference->last_port)
				test.covered[i][port][protocol]++;
	return true;
}

static void add_some(struct made *made, const char *address, const char *ports)
{
	static const char *const to[] = {"192.168.1.1", "192.168.1.2", "direct"};
	char at[64];

	snprintf(at, sizeof(at), "%s%s", address, ports);
	if (any(4) == 0)
		MADE_ADD(made, at, to[any(3)], any(3) ? UH_TCP : UH_ANY,
			 .on_failure = any(5) == 0);
	if (any(8) == 0)
		MADE_ADD(made, at, to[any(2)], UH_TCP, .programs = {any(2) ? "curl" : "wget"});
}

static struct made *random_table(void)
{
	static const char *const at[] = {"203.0.113.0/28",  "203.0.113.0/30", "203.0.113.8/29",
					 "203.0.113.2",	    "203.0.113.9",    "203.0.113.15",
					 "*.example.com",   "a.example.com",  "c.example.com",
					 "*.a.example.com", "b.a.example.com"};
	static const char *const ports[] = {"", ":1-8", ":2-3", ":3", ":5"};
	struct made *made = made_new();

	for (size_t i = 0; i < sizeof(at) / sizeof(*at); i++)
		for (size_t j = 0; j < sizeof(ports) / sizeof(*ports); j++)
			add_some(made, at[i], ports[j]);
	/* Each name has a node in each table. */
	for (int i = 0; i < NAMES; i++)
		MADE_ADD(made, names[i], "direct", UH_UDP, .programs = {"never"});
	made_table(made);
	return made;
}

/* True if some change has the two answers, and its stretch holds the point. */
static bool is_listed(const struct uh_changes *changes, unsigned place, unsigned port,
		      enum uh_protocol protocol)
{
	const struct uh_table_chain *answer[UH_SIDES] = {ask(UH_OLD, place, port, protocol),
							 ask(UH_NEW, place, port, protocol)};
	const struct uh_address address = address_of(place < ADDRESSES ? place : 0);

	for (size_t i = 0; i < changes->count; i++) {
		const struct uh_change *change = changes->list[i];
		bool same = change->first_port <= port_of(port) &&
			    port_of(port) <= change->last_port &&
			    (change->protocols & protocol);

		for (int side = 0; side < UH_SIDES; side++)
			same = same && change->count[side] == answer[side]->count &&
			       memcmp(change->answer[side], answer[side]->route,
				      change->count[side] * sizeof(*change->answer[side])) == 0;
		if (same &&
		    (place < ADDRESSES
			 ? !change->name && contains(&change->first, &change->last, &address)
			 : change->name != NULL))
			return true;
	}
	return false;
}

static void compare_point(const struct uh_changes *changes, unsigned place, unsigned port,
			  enum uh_protocol protocol)
{
	char old[4096], new[4096];
	bool differ;

	write_answer(UH_OLD, ask(UH_OLD, place, port, protocol), old);
	write_answer(UH_NEW, ask(UH_NEW, place, port, protocol), new);
	differ = strcmp(old, new) != 0;
	if (test.covered[place][port][protocol == UH_UDP] != differ)
		fail_msg("place %u port %u: '%s' and '%s', covered %u times", place,
			 port_of(port), old, new,
			 test.covered[place][port][protocol == UH_UDP]);
	assert_true(!differ || is_listed(changes, place, port, protocol));
}

static void test_random(void **unused)
{
	(void)unused;
	for (int round = 0; round < ROUNDS; round++) {
		struct made *old = random_table(), *new = random_table();
		struct uh_changes changes;

		memset(&test, 0, sizeof(test));
		test.table[UH_OLD] = old->table;
		test.table[UH_NEW] = new->table;
		assert_true(uh_tables_compare(test.table, cover, NULL));
		assert_true(uh_changes_find(test.table, &changes));
		for (unsigned i = 0; i < ADDRESSES + NAMES; i++)
			for (unsigned port = 0; port < PORTS; port++) {
				compare_point(&changes, i, port, UH_TCP);
				compare_point(&changes, i, port, UH_UDP);
			}
		uh_changes_free(&changes);
		made_free(old);
		made_free(new);
	}
}

static void test_same(void **unused)
{
	struct made *table = random_table();
	const struct uh_table *both[UH_SIDES] = {table->table, table->table};
	struct uh_changes changes;

	(void)unused;
	assert_true(uh_changes_find(both, &changes));
	assert_int_equal(changes.count, 0);
	uh_changes_free(&changes);
	made_free(table);
}

static void shown_as(const char *first, const char *last, unsigned first_port,
		     unsigned last_port, const char *expected)
{
	struct uh_change change = {.first_port = (uint16_t)first_port,
				   .last_port = (uint16_t)last_port};
	char text[UH_CHANGE_TEXT];

	assert_true(uh_address_parse(first, &change.first));
	assert_true(uh_address_parse(last, &change.last));
	assert_string_equal(uh_change_destination(&change, text), expected);
}

static void test_destination(void **unused)
{
	(void)unused;
	shown_as("192.0.2.1", "192.0.2.1", 0, 65535, "192.0.2.1");
	shown_as("192.0.2.0", "192.0.2.1", 443, 443, "192.0.2.0/31:443");
	shown_as("192.0.2.0", "192.0.2.255", 0, 9, "192.0.2.0/24:0-9");
	shown_as("192.0.2.1", "192.0.2.255", 443, 443, "192.0.2.1-192.0.2.255:443");
	shown_as("0.0.0.0", "255.255.255.255", 0, 65535, "0.0.0.0/0");
	shown_as("2001:db8::", "2001:db8::1", 443, 443, "[2001:db8::]/127:443");
	shown_as("2001:db8::1", "2001:db8::2", 443, 443, "[2001:db8::1]-[2001:db8::2]:443");
	shown_as("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0, 65535, "::/0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_random),
	    cmocka_unit_test(test_same),
	    cmocka_unit_test(test_destination),
	};

	return cmocka_run_group_tests_name("compare_tables", tests, NULL, NULL);
}
