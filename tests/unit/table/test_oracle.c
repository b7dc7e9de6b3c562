/* SPDX-License-Identifier: MIT */
/*
 * test_oracle.c: compares the table, for random routes in a small world, with a plain reading
 * of the rules: try every route, keep the most specific.
 */
#include "made.h"
#include "build/route_text.h"

#define ROUTES 40

/* A route, with the properties that the rules compare. */
struct rule {
	struct made_route made;
	struct uh_destination destination;
	char text[64];
	int program; /* 0: none; else a bit of the program's verdicts: "a" is 1, "b" is 2 */
	int user;    /* 0: none; else the id */
};

static uint64_t random_state = 7;

static unsigned random_below(unsigned limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % limit;
}

/* Sixteen IPv4 and sixteen IPv6 addresses, as numbers below 32. */
static void address_text(unsigned number, char *text, size_t size)
{
	snprintf(text, size, number < 16 ? "10.0.0.%u" : "2001:db8::%x", number % 16 + 16);
}

static struct rule random_rule(void)
{
	static const char *const programs[] = {NULL, "a", "b"};
	unsigned number = random_below(32), keep = random_below(6),
		 first = 1 + random_below(12);
	unsigned length = (number < 16 ? 32 : 128) - keep;
	struct rule rule = {.program = (int)random_below(6), .user = (int)random_below(6)};
	char address[48], why[UH_WHY];

	/* Half of all rules are for everybody. */
	rule.program = rule.program > 2 ? 0 : rule.program;
	rule.user = rule.user > 2 ? 0 : rule.user;
	address_text(number & ~((1u << keep) - 1), address, sizeof(address));
	if (keep ==
	    5) /* all sixteen lie in 10.0.0.16/28, which five bits widen to 10.0.0.0/27 */
		snprintf(address, sizeof(address), number < 16 ? "10.0.0.0" : "2001:db8::");
	snprintf(rule.text, sizeof(rule.text), number < 16 ? "%s/%u" : "[%s]/%u", address,
		 length);
	if (random_below(3))
		snprintf(rule.text + strlen(rule.text), 16, ":%u-%u", first,
			 first + random_below(5));
	if (!uh_destination_parse(rule.text, &rule.destination, why))
		fail_msg("%s", why);
	rule.made.protocol = 1 + random_below(3);
	rule.made.to = rule.made.protocol == UH_UDP ? "192.0.2.1" : "unix:/x";
	rule.made.programs[0] = programs[rule.program];
	if (rule.user)
		rule.made.users[rule.made.user_count++].id = (uint32_t)rule.user;
	return rule;
}

static unsigned width(const struct rule *rule)
{
	return rule->destination.last_port - rule->destination.first_port;
}

static bool same_class(const struct rule *a, const struct rule *b)
{
	return a->destination.prefix_length == b->destination.prefix_length &&
	       memcmp(&a->destination.address, &b->destination.address, 16) == 0 &&
	       width(a) == width(b) && a->program == b->program && a->user == b->user &&
	       (a->made.protocol & b->made.protocol);
}

static bool overlap(const struct rule *a, const struct rule *b)
{
	return a->destination.first_port <= b->destination.last_port &&
	       b->destination.first_port <= a->destination.last_port;
}

/* Positive if a is more specific; 0 if no rule of the contract decides. */
static int prefer(const struct rule *a, const struct rule *b)
{
	int conditions = !!a->program + !!a->user - !!b->program - !!b->user;

	if (a->destination.prefix_length != b->destination.prefix_length)
		return a->destination.prefix_length - b->destination.prefix_length;
	return width(a) != width(b) ? (int)width(b) - (int)width(a) : conditions;
}

struct query {
	struct uh_endpoint endpoint;
	enum uh_protocol protocol;
	unsigned char verdicts; /* of "a" and "b" */
	unsigned user;
};

static bool matches(const struct rule *rule, const struct query *query)
{
	struct uh_address masked = query->endpoint.address;

	uh_address_mask(&masked, rule->destination.prefix_length);
	return memcmp(&masked, &rule->destination.address, sizeof(masked)) == 0 &&
	       rule->destination.first_port <= query->endpoint.port &&
	       query->endpoint.port <= rule->destination.last_port &&
	       (rule->made.protocol & query->protocol) &&
	       (!rule->program || (query->verdicts & rule->program)) &&
	       (!rule->user || (unsigned)rule->user == query->user);
}

static unsigned asking_user;

static uid_t effective_user(void)
{
	return asking_user;
}

/* Returns the table's verdict bytes for a query. The table chooses which condition is "a". */
static unsigned char verdicts(const struct uh_table *table, unsigned char wanted)
{
	unsigned char a = 0, b = 0;

	uh_table_judge_programs(table, "/bin/a", &a);
	uh_table_judge_programs(table, "/bin/b", &b);
	return (unsigned char)((wanted & 1 ? a : 0) | (wanted & 2 ? b : 0));
}

/* The table finds all matching routes, and no other, in falling specificity. */
static void compare(const struct uh_table *table, const struct rule *rule, unsigned rules,
		    const struct query *query)
{
	unsigned char verdict = verdicts(table, query->verdicts);
	struct uh_self self = {&verdict, effective_user, false};
	const struct uh_table_route *route[ROUTES];
	bool seen[ROUTES] = {false};
	size_t found, want = 0;

	asking_user = query->user;
	found = uh_table_find_all(table, NULL, &query->endpoint, query->protocol, &self, route,
				  ROUTES);
	for (unsigned i = 0; i < rules; i++)
		want += matches(&rule[i], query);
	assert_int_equal(found, want);
	assert_ptr_equal(uh_table_find(table, &query->endpoint, query->protocol, &self),
			 found ? route[0] : NULL);
	for (size_t i = 0; i < found; i++) {
		unsigned line = route[i]->line - 1;

		assert_true(line < rules && !seen[line] && matches(&rule[line], query));
		seen[line] = true;
		if (i > 0)
			assert_true(prefer(&rule[route[i - 1]->line - 1], &rule[line]) >= 0);
	}
}

static struct query random_query(void)
{
	char text[48];
	struct query query;

	address_text(random_below(32), text, sizeof(text));
	query.endpoint = made_endpoint(text, random_below(20));
	query.protocol = random_below(2) ? UH_TCP : UH_UDP;
	query.verdicts = (unsigned char)random_below(4);
	query.user = random_below(4);
	return query;
}

/* Makes random rules that do not contradict each other. Returns their number. */
static unsigned random_rules(struct rule *rule)
{
	unsigned rules = 0;

	for (unsigned tries = 1 + random_below(ROUTES); tries > 0; tries--) {
		struct rule next = random_rule();
		bool clash = false;

		for (unsigned i = 0; i < rules; i++)
			clash |= same_class(&rule[i], &next) && overlap(&rule[i], &next);
		if (!clash)
			rule[rules++] = next;
	}
	return rules;
}

static void test_look_up(void **state)
{
	struct rule rule[ROUTES];

	(void)state;
	for (int round = 0; round < 1000; round++) {
		struct made *made = made_new();
		unsigned rules = random_rules(rule);

		for (unsigned i = 0; i < rules; i++) {
			rule[i].made.at = rule[i].text;
			rule[i].made.line = i + 1;
			assert_int_equal(made_add(made, rule[i].made), 0);
		}
		made_table(made);
		for (int i = 0; i < 200; i++) {
			struct query query = random_query();

			compare(made->table, rule, rules, &query);
		}
		made_free(made);
	}
}

/* Two rules contradict each other exactly if they are of one class and overlap. */
static void test_contradictions(void **state)
{
	unsigned clashes = 0;

	(void)state;
	for (int round = 0; round < 60000; round++) {
		struct rule one = random_rule(), two = random_rule();
		struct made *made;
		bool taken, clash;

		if (random_below(4)) {
			/* Otherwise few pairs would have equal destinations. */
			two.destination.address = one.destination.address;
			two.destination.prefix_length = one.destination.prefix_length;
			snprintf(two.text, sizeof(two.text), "%.*s:%d-%d",
				 (int)(strcspn(strchr(one.text, '/'), ":") +
				       (size_t)(strchr(one.text, '/') - one.text)),
				 one.text, one.destination.first_port % 9 + 1,
				 one.destination.first_port % 9 + 3);
			two.destination.first_port = one.destination.first_port % 9 + 1;
			two.destination.last_port = one.destination.first_port % 9 + 3;
		}
		clash = same_class(&one, &two) && overlap(&one, &two);
		clashes += clash;
		made = made_new();
		one.made.at = one.text;
		two.made.at = two.text;
		taken = made_add(made, one.made) == 0 && made_add(made, two.made) == 0;
		made->image = uh_builder_finish(made->builder, &made->size);
		assert_int_equal(taken && made->image, !clash);
		made_free(made);
	}
	assert_true(clashes > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_look_up),
	    cmocka_unit_test(test_contradictions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
