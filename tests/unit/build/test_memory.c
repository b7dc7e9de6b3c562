/* SPDX-License-Identifier: MIT */
/* test_memory.c: memory runs out at each of the builder's allocations. */
#include "made.h"

#if defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#if defined(__GLIBC__) && !SANITIZED

/* glibc's own functions, which these replace. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void __libc_free(void *memory);

static bool watching;
static unsigned allowed;  /* allocations that may still succeed */
static unsigned attempts; /* all allocations, failed or not */
static long held;	  /* blocks allocated and not yet freed */

static bool refuse(void)
{
	if (!watching)
		return false;
	attempts++;
	if (allowed == 0) {
		errno = ENOMEM;
		return true;
	}
	allowed--;
	held++;
	return false;
}

void *malloc(size_t size)
{
	return refuse() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return refuse() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	if (refuse())
		return NULL;
	held -= watching && memory;
	return __libc_realloc(memory, size);
}

void free(void *memory)
{
	held -= watching && memory;
	__libc_free(memory);
}

/* Adds routes that use every interner, and enough of them for the maps to grow. */
static int add_all(struct uh_builder *builder)
{
	struct uh_target target[] = {{.kind = UH_TARGET_UNIX, .path = "/x", .path_length = 2},
				     {.kind = UH_TARGET_IP, .ip = {.address = {{[15] = 1}}}}};
	const char *programs[] = {"b", "a"};
	struct uh_user users[] = {{2, 0}, {1, 1}};
	struct uh_route route = {
	    .protocol = UH_TCP, .target = target, .targets = 2, .file = "f"};
	char text[16];

	for (unsigned i = 0; i < 300; i++) {
		snprintf(text, sizeof(text), "%u", i);
		route.text = text;
		route.line = i;
		route.destination = (struct uh_destination){{{0xfd, [1] = (unsigned char)i}},
							    (uint16_t)(i + 1),
							    (uint16_t)(i + 9),
							    128};
		route.programs = (struct uh_texts){programs, i % 3};
		route.users = (struct uh_users){users, i % 2 * 2};
		route.peer_users = (struct uh_users){users, i % 5 == 0};
		if (uh_builder_add(builder, &route, false) != 0)
			return -1;
	}
	return 0;
}

/*
 * Builds with a limited number of allocations. True if there is an image. Nothing must stay
 * allocated.
 */
static bool build(unsigned limit)
{
	struct uh_table_settings settings = uh_default_settings;
	struct uh_fault_reporter report = {NULL, NULL};
	struct uh_builder *builder;
	void *image = NULL;
	size_t size = 0;

	allowed = limit;
	attempts = held = 0;
	errno = 0;
	watching = true;
	builder = uh_builder_new(&report);
	if (builder && uh_builder_settings(builder, &settings, "stderr") == 0 &&
	    add_all(builder) == 0)
		image = uh_builder_finish(builder, &size);
	int error = errno;
	uh_builder_free(builder);
	watching = false;
	assert_int_equal(held, 0);
	if (!image) {
		assert_int_equal(error, ENOMEM);
		return false;
	}
	assert_non_null(uh_table_open(image, size));
	munmap(image, size);
	return true;
}

/* Wherever memory runs out, there is no exit, no wrong image and no leak. */
static void test_runs_out(void **state)
{
	unsigned all, failures = 0;

	(void)state;
	assert_true(build(UINT32_MAX));
	all = attempts;
	assert_true(all > 600);
	for (unsigned limit = 0; limit < all; limit++)
		failures += !build(limit);
	/* qsort(3) works without the memory that it asks for. */
	assert_in_range(failures, all - 8, all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_runs_out)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
	puts("SKIP test_runs_out: needs glibc's own allocator");
	return 0;
}

#endif
