/* SPDX-License-Identifier: MIT */
/* test_image.c: moves, damages, truncates and enlarges images. */
#include "specimen.h"

#include <unistd.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

/* The answers are the same wherever the image is: no byte of it is a pointer. */
static void test_moved(void **state)
{
	struct made *made = specimen();
	char *copy = aligned_alloc(UH_IMAGE_ALIGN, made->size);
	const struct uh_table *moved;
	size_t found = exercise(made->table);

	(void)state;
	memcpy(copy, made->image, made->size);
	munmap(made->image, made->size);
	made->image = NULL;
	moved = uh_table_open(copy, made->size);
	assert_non_null(moved);
	assert_true(found > 0);
	assert_int_equal(exercise(moved), found);
	free(copy);
	made_free(made);
}

static void test_read_only(void **state)
{
	struct made *made = specimen();
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512], mode[8] = "";
	unsigned long begin, end;

	(void)state;
	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %7s", &begin, &end, mode) == 3 &&
		    begin <= (unsigned long)made->image && (unsigned long)made->image < end)
			break;
	fclose(maps);
	assert_string_equal(mode, "r--p");
	made_free(made);
}

/* Equal routes give equal bytes: caches can be compared, and contain nothing uninitialised. */
static void test_deterministic(void **state)
{
	struct made *one = specimen(), *two = specimen();

	(void)state;
	assert_int_equal(one->size, two->size);
	assert_memory_equal(one->image, two->image, one->size);
	made_free(one);
	made_free(two);
}

/* Any change of any byte is noticed. */
static void test_damaged(void **state)
{
	struct made *made = specimen();
	unsigned char *copy = aligned_alloc(UH_IMAGE_ALIGN, made->size);

	(void)state;
	memcpy(copy, made->image, made->size);
	for (size_t i = 0; i < made->size; i++)
		for (int bit = 0; bit < 9; bit++) {
			unsigned char change = bit < 8 ? (unsigned char)(1 << bit) : 0xff;

			copy[i] ^= change;
			errno = 0;
			if (uh_table_open(copy, made->size))
				fail_msg("byte %zu changed by %#x was not seen", i, change);
			assert_int_equal(errno, EINVAL);
			copy[i] ^= change;
		}
	assert_non_null(uh_table_open(copy, made->size));
	free(copy);
	made_free(made);
}

/* Each length has a buffer of its own, so that a sanitizer sees a read beyond it. */
static void test_truncated(void **state)
{
	struct made *made = specimen();

	(void)state;
	for (size_t size = 0; size < made->size; size++) {
		void *copy = aligned_alloc(UH_IMAGE_ALIGN,
					   size + UH_IMAGE_ALIGN - size % UH_IMAGE_ALIGN);

		memcpy(copy, made->image, size);
		assert_null(uh_table_open(copy, size));
		free(copy);
	}
	assert_null(uh_table_open(NULL, 0));
	assert_null(uh_table_open((char *)made->image + 1, made->size - 1));
	made_free(made);
}

/* Bytes behind the image that the header does not mention, even if the checksum is right. */
static void test_longer(void **state)
{
	struct made *made = specimen();
	size_t size = made->size + UH_IMAGE_ALIGN;
	char *copy = aligned_alloc(UH_IMAGE_ALIGN, size);

	(void)state;
	memset(copy, 0, size);
	memcpy(copy, made->image, made->size);
	assert_null(uh_table_open(copy, size));
	uh_image_seal((struct uh_table *)copy);
	assert_null(uh_table_open(copy, size));
	free(copy);
	made_free(made);
}

/*
 * A forged image has right checksums. If it opens, its answers may be wrong, but they come, and
 * from within its own bytes; a sanitizer or a hang would show otherwise.
 */
static void test_forged(void **state)
{
	struct made *made = specimen();
	unsigned char *copy = aligned_alloc(UH_IMAGE_ALIGN, made->size);
	unsigned opened = 0;

	(void)state;
	for (int i = 0; i < 40000; i++) {
		memcpy(copy, made->image, made->size);
		spoil(copy, made->size);
		if (uh_table_open(copy, made->size)) {
			opened++;
			exercise((const struct uh_table *)copy);
		}
	}
	assert_in_range(opened, 1000, 39000);
	free(copy);
	made_free(made);
}

#define FORGED(member, ...)                                                                    \
	{                                                                                      \
		offsetof(struct uh_table, member),                                             \
		{                                                                              \
			__VA_ARGS__                                                            \
		}                                                                              \
	}

/*
 * Values that look-ups rely on are refused if they are impossible, even if the checksums are
 * right.
 */
static void test_forged_front(void **state)
{
	static const struct {
		size_t at;
		uint32_t value[8];
	} forged[] = {
	    FORGED(section[UH_SLOTS].count, 0, 3, 63, UH_NONE),
	    FORGED(section[UH_LENGTHS].count, 130, UH_NONE),
	    FORGED(section[UH_PREFILTER].count, 0, UH_PREFILTER_WORDS + 1, UH_NONE),
	    FORGED(section[UH_TEXTS].count, 0, 1 << 30, UH_NONE),
	    FORGED(section[UH_TEXTS].offset, 0, sizeof(struct uh_table), UH_NONE - 7),
	    FORGED(section[UH_LENGTHS].offset, 0, 8, sizeof(struct uh_table) + 4),
	    FORGED(settings.log_to, 1 << 30, UH_NONE),
	    FORGED(settings.publics, 1 << 30, UH_NONE),
	    FORGED(settings.stand_in[UH_IPV4].prefix_length, 0, 95, 121, UH_NONE),
	    FORGED(settings.stand_in[UH_IPV4].address, 1, UH_NONE),
	    FORGED(settings.stand_in[UH_IPV6].prefix_length, 97, UH_NONE),
	};
	struct made *made = specimen();
	unsigned char *copy = aligned_alloc(UH_IMAGE_ALIGN, made->size);
	struct uh_table *table = (struct uh_table *)(void *)copy;

	(void)state;
	for (size_t i = 0; i < sizeof(forged) / sizeof(*forged); i++)
		for (int j = 0; j == 0 || forged[i].value[j]; j++) {
			memcpy(copy, made->image, made->size);
			memcpy(copy + forged[i].at, &forged[i].value[j], sizeof(uint32_t));
			uh_image_seal(table);
			if (uh_table_open(copy, made->size))
				fail_msg("%u at %zu", forged[i].value[j], forged[i].at);
		}
	memcpy(copy, made->image, made->size);
	copy[table->section[UH_LENGTHS].offset] = 129;
	uh_image_seal(table);
	assert_null(uh_table_open(copy, made->size));
	memcpy(copy, made->image, made->size);
	copy[table->section[UH_TEXTS].offset + table->section[UH_TEXTS].count - 1] = 'x';
	uh_image_seal(table);
	assert_null(uh_table_open(copy, made->size));
	free(copy);
	made_free(made);
}

/* Circular lists, and conditions that refer to everything, must not take for ever. */
static void test_no_end(void **state)
{
	enum { CONDITIONS = 24000 };
	struct made *made = made_new();
	unsigned char verdict[CONDITIONS / 8] = {0};
	struct uh_self self = {verdict, nobody, false};
	struct uh_endpoint endpoint = made_endpoint("10.0.0.1", 443);
	char text[32], program[32];
	struct uh_table *table;

	(void)state;
	for (int i = 0; i < CONDITIONS; i++) {
		snprintf(text, sizeof(text), "10.0.%d.%d", i >> 8, i & 255);
		snprintf(program, sizeof(program), "p%d", i);
		assert_int_equal(MADE_ADD(made, text, .programs = {program}), 0);
	}
	made_table(made);
	assert_int_equal(uh_table_conditions(made->table), CONDITIONS);
	table = aligned_alloc(UH_IMAGE_ALIGN, made->size);
	memcpy(table, made->image, made->size);
	for (uint32_t i = 0; i < table->section[UH_CELLS].count; i++)
		((struct uh_cell *)uh_section(table, UH_CELLS))[i].next = i;
	for (uint32_t i = 0; i < CONDITIONS; i++)
		((struct uh_condition *)uh_section(table, UH_CONDITIONS))[i] =
		    (struct uh_condition){0, UH_NONE};
	uh_image_seal(table);
	assert_non_null(uh_table_open(table, made->size));
	alarm(2);
	uh_table_judge_programs(table, "/bin/x", verdict);
	assert_null(uh_table_find(table, &endpoint, UH_TCP, &self));
	alarm(0);
	free(table);
	made_free(made);
}

/* Behind an intact front there may be any bytes, as long as the last one is a NUL. */
static void fill_at_random(unsigned char *copy, const struct made *made)
{
	const struct uh_table *table = made->table;
	size_t first = uh_image_front_size(table), last = made->size;
	size_t end = table->section[UH_TEXTS].offset + table->section[UH_TEXTS].count;
	unsigned way = random_below(4);

	memcpy(copy, made->image, made->size);
	if (way > 1) {
		enum uh_section one = UH_SLOTS + random_below(UH_SECTIONS - UH_SLOTS);

		first = table->section[one].offset;
		last = one + 1 < UH_SECTIONS ? table->section[one + 1].offset : made->size;
	}
	for (size_t at = first; at < last; at++)
		copy[at] = (unsigned char)(way % 2 ? random_below(256)
						   : random_below(8) * !random_below(3));
	copy[end - 1] = '\0';
	uh_image_seal((struct uh_table *)copy);
}

static void test_random_behind_front(void **state)
{
	struct made *made = specimen();
	unsigned char *copy = aligned_alloc(UH_IMAGE_ALIGN, made->size);

	(void)state;
	for (int i = 0; i < 4000; i++) {
		fill_at_random(copy, made);
		assert_non_null(uh_table_open(copy, made->size));
		exercise((const struct uh_table *)copy);
	}
	free(copy);
	made_free(made);
}

/*
 * An image that is too large to be verified when it is opened: damage of the front is noticed
 * then, any other only by uh_table_sound.
 */
static void test_large(void **state)
{
	struct made *made = made_new();
	unsigned char *copy;
	char text[32];

	(void)state;
	for (int i = 0; i < 3000; i++) {
		snprintf(text, sizeof(text), "10.0.%d.%d", i >> 8, i & 255);
		assert_int_equal(MADE_ADD(made, text, "192.168.1.20"), 0);
	}
	made_table(made);
	assert_true(made->size > UH_IMAGE_SMALL);
	assert_true(uh_table_sound(made->table));
	copy = aligned_alloc(UH_IMAGE_ALIGN, made->size);
	memcpy(copy, made->image, made->size);
	for (size_t i = 0; i < made->size;
	     i += i < uh_image_front_size(made->table) ? 1 : 997) {
		bool in_front = i < uh_image_front_size(made->table);

		copy[i] ^= (unsigned char)(1 << i % 8);
		if (in_front == (uh_table_open(copy, made->size) != NULL))
			fail_msg("byte %zu of %s", i, in_front ? "the front" : "the rest");
		if (!in_front)
			assert_false(uh_table_sound((const struct uh_table *)copy));
		copy[i] ^= (unsigned char)(1 << i % 8);
	}
	free(copy);
	made_free(made);
}

static void many_address(char *text, size_t size, int i)
{
	snprintf(text, size, "10.%d.%d.%d:443", i >> 16, i >> 8 & 255, i & 255);
}

static void test_100000_routes(void **state)
{
	struct made *made = made_new();
	char text[32], address[32];

	(void)state;
	for (int i = 1; i <= 100000; i++) {
		many_address(text, sizeof(text), i);
		assert_int_equal(MADE_ADD(made, text, "192.168.1.20", .line = (unsigned)i), 0);
	}
	made_table(made);
	assert_int_equal(uh_table_routes(made->table), 100000);
	assert_in_range(made->size, 1, 200 * 100000);
	for (int i = 1; i <= 100001; i++) {
		struct uh_endpoint endpoint;
		const struct uh_table_route *route;

		many_address(address, sizeof(address), i);
		*strchr(address, ':') = '\0';
		endpoint = made_endpoint(address, 443);
		route = uh_table_find(made->table, &endpoint, UH_TCP, NULL);
		assert_int_equal(route ? route->line : 0, i <= 100000 ? i : 0);
		endpoint.port = 444;
		assert_null(uh_table_find(made->table, &endpoint, UH_TCP, NULL));
	}
	made_free(made);
}

static void test_60000_ports(void **state)
{
	struct made *made = made_new();
	struct uh_endpoint endpoint = made_endpoint("203.0.113.1", 0);
	char text[32];

	(void)state;
	for (unsigned i = 1; i <= 60000; i++) {
		snprintf(text, sizeof(text), "203.0.113.1:%u", i);
		assert_int_equal(MADE_ADD(made, text, .line = i), 0);
	}
	made_table(made);
	assert_in_range(made->size, 1, 200 * 60000);
	for (unsigned i = 0; i <= 65535; i++) {
		const struct uh_table_route *route;

		endpoint.port = (uint16_t)i;
		route = uh_table_find(made->table, &endpoint, UH_TCP, NULL);
		assert_int_equal(route ? route->line : 0, i <= 60000 ? i : 0);
	}
	made_free(made);
}

/* Range i begins and ends later than the range before, and is wider. */
static unsigned range_first(unsigned i)
{
	return 1 + i;
}

static unsigned range_last(unsigned i)
{
	return 5001 + 3 * i;
}

/* The worst case for plain lists of overlapping ranges: 12 million pairs. */
static void test_5000_overlapping(void **state)
{
	struct made *made = made_new();
	struct uh_endpoint endpoint = made_endpoint("203.0.113.1", 0);
	char text[32];

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "203.0.113.1:%u-%u", range_first(i),
			 range_last(i));
		assert_int_equal(MADE_ADD(made, text, .line = i + 1), 0);
	}
	made_table(made);
	assert_in_range(made->size, 1, 400 * 5000);
	for (unsigned port = 0; port <= 65535; port += 7) {
		const struct uh_table_route *route;
		unsigned want = 0, matching = 0;

		for (unsigned i = 5000; i-- > 0;)
			if (range_first(i) <= port && port <= range_last(i)) {
				want = i + 1;
				matching++;
			}
		endpoint.port = (uint16_t)port;
		route = uh_table_find(made->table, &endpoint, UH_TCP, NULL);
		assert_int_equal(route ? route->line : 0, want);
		if (port % 5 == 0 && matching < 200)
			assert_int_equal(uh_table_find_all(made->table, NULL, &endpoint, UH_TCP,
							   NULL, NULL, 0),
					 matching);
	}
	made_free(made);
}

/* A look-up allocates nothing: the memory in use is the same at every step. */
static void test_no_allocation(void **state)
{
	(void)state;
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
	struct made *made = specimen();
	struct uh_endpoint endpoint = made_endpoint("203.0.113.1", 443);
	unsigned char verdict[1] = {0};
	struct uh_self self = {verdict, nobody, false};
	struct mallinfo2 before = mallinfo2(), after;

	for (int i = 0; i < 1000; i++)
		uh_table_find(made->table, &endpoint, UH_TCP, &self);
	after = mallinfo2();
	assert_memory_equal(&before, &after, sizeof(before));
	made_free(made);
#else
	print_message("SKIP test_no_allocation: needs glibc's own allocator\n");
	skip();
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_moved),	  cmocka_unit_test(test_read_only),
	    cmocka_unit_test(test_deterministic), cmocka_unit_test(test_damaged),
	    cmocka_unit_test(test_truncated),	  cmocka_unit_test(test_longer),
	    cmocka_unit_test(test_forged),	  cmocka_unit_test(test_random_behind_front),
	    cmocka_unit_test(test_forged_front),  cmocka_unit_test(test_no_end),
	    cmocka_unit_test(test_large),	  cmocka_unit_test(test_100000_routes),
	    cmocka_unit_test(test_60000_ports),	  cmocka_unit_test(test_5000_overlapping),
	    cmocka_unit_test(test_no_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
