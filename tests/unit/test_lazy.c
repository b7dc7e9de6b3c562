/* SPDX-License-Identifier: MIT */
/* test_lazy.c: an image that is looked at block by block, whole, damaged or forged. */
#include "specimen.h"

/* Everything that is answered, as one number; or false when damage was seen, which undoes it.
 */
static bool answers(const struct uh_table *table, size_t *found)
{
	*found = exercise(table);
	uh_table_beginnings(table);
	return !uh_table_damaged(table);
}

static void test_lazy_is_the_same(void **state)
{
	struct made *made = specimen();
	void *room = calloc(1, uh_table_room(made->size));
	const struct uh_table *lazy = uh_table_open_lazily(made->image, made->size, room);
	size_t found;

	(void)state;
	assert_non_null(lazy);
	assert_true(answers(lazy, &found));
	assert_int_equal(found, exercise(made->table));
	assert_int_equal(uh_table_routes(lazy), uh_table_routes(made->table));
	assert_memory_equal(uh_table_beginnings(lazy), uh_table_beginnings(made->table),
			    2 * UH_BEGINNING_SET);
	free(room);
	made_free(made);
}

/* Every byte: what isn't seen on opening is seen before it changes an answer. */
static void test_lazy_damaged(void **state)
{
	struct made *made = specimen();
	unsigned char *copy = aligned_alloc(UH_IMAGE_ALIGN, made->size);
	void *room = malloc(uh_table_room(made->size));
	size_t right = exercise(made->table), found;
	unsigned early = 0, late = 0;

	(void)state;
	memcpy(copy, made->image, made->size);
	for (size_t i = 0; i < made->size; i++) {
		const struct uh_table *lazy;

		copy[i] ^= (unsigned char)(1 << i % 8);
		memset(room, 0, uh_table_room(made->size));
		lazy = uh_table_open_lazily(copy, made->size, room);
		early += !lazy;
		if (lazy && !answers(lazy, &found))
			late++;
		else if (lazy && found != right)
			fail_msg("byte %zu changed an answer", i);
		copy[i] ^= (unsigned char)(1 << i % 8);
	}
	assert_in_range(early, UH_IMAGE_BLOCK, made->size);
	assert_int_equal(early + late, made->size);
	free(room);
	free(copy);
	made_free(made);
}

static void test_lazy_truncated(void **state)
{
	struct made *made = specimen();
	void *room = calloc(1, uh_table_room(made->size));

	(void)state;
	for (size_t size = 0; size < made->size; size++) {
		void *copy = aligned_alloc(UH_IMAGE_ALIGN,
					   size + UH_IMAGE_ALIGN - size % UH_IMAGE_ALIGN);

		memcpy(copy, made->image, size);
		assert_null(uh_table_open_lazily(copy, size, room));
		free(copy);
	}
	free(room);
	made_free(made);
}

/*
 * A forged image, whose checksum is right: whatever opens may answer nonsense, but it answers,
 * within its own bytes. Here a sanitizer or a hang would tell.
 */
static void test_lazy_forged(void **state)
{
	struct made *made = specimen();
	unsigned char *copy = aligned_alloc(UH_IMAGE_ALIGN, made->size);
	void *room = malloc(uh_table_room(made->size));
	unsigned opened = 0;

	(void)state;
	for (int i = 0; i < 40000; i++) {
		const struct uh_table *lazy;

		memcpy(copy, made->image, made->size);
		spoil(copy, made->size);
		uh_image_seal((struct uh_table *)copy);
		memset(room, 0, uh_table_room(made->size));
		lazy = uh_table_open_lazily(copy, made->size, room);
		if (lazy) {
			opened++;
			exercise(lazy);
		}
	}
	free(room);
	assert_in_range(opened, 1000, 40000);
	free(copy);
	made_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lazy_is_the_same),
	    cmocka_unit_test(test_lazy_damaged),
	    cmocka_unit_test(test_lazy_truncated),
	    cmocka_unit_test(test_lazy_forged),
	};

	return cmocka_run_group_tests_name("lazy", tests, NULL, NULL);
}
