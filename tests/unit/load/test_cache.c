/* SPDX-License-Identifier: MIT */
/* test_cache.c: a cache is used if it is intact, trusted, of this configuration, and fresh. */
#include "table/verify.h"
#include "load/cache.h"
#include "table/freshness.h"

#include "confdir.h"

#define TEXT                                                                                   \
	"include(\"@/d/*.conf\")\n"                                                            \
	"route 203.0.113.1:443 { to = {\"unix:/run/x\", 192.0.2.7} programs = {a, \"!b\"} }\n" \
	"route 203.0.113.0/24 { to = unix:@y users = {0, \"!1\"} }\n"

static const char *cache(void)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s" UH_CACHE_NAME, dir);
	return path;
}

static void write_cache(const void *bytes, size_t count)
{
	FILE *file = create(UH_CACHE_NAME);

	assert_int_equal(fwrite(bytes, 1, count, file), count);
	assert_int_equal(fclose(file), 0);
}

/* Parses until no file is young any more, and writes the image. */
static void compile_origin(const struct uh_origin *origin)
{
	const struct uh_parse_request request = {.file = origin->file,
						 .inline_routes = origin->inline_routes};

	do {
		usleep(25000);
		parse_request(request);
		assert_string_equal(faults.text, "");
	} while (uh_freshness(table) != UH_SAME);
	write_cache(image, size);
}

static const char *main_file(void)
{
	static char path[64];

	return strcpy(path, path_of("main.conf"));
}

static void compile(void)
{
	compile_origin(&(struct uh_origin){.file = main_file()});
}

static void write_and_compile(void)
{
	mkdir(path_of("d"), 0755);
	write_conf("d/one.conf", "route 203.0.113.2 { to = 192.0.2.8 }");
	write_conf("main.conf", TEXT);
	compile();
}

/* Returns the state of the cache for an origin, and unmaps the cache. */
static enum uh_cache_state state_for(const struct uh_origin origin)
{
	struct uh_cache mapped;
	enum uh_cache_state state;

	errno = 77;
	state = uh_cache_map(cache(), &origin, &mapped);
	assert_int_equal(uh_cache_verify(cache(), &origin), state);
	assert_int_equal(errno, 77);
	assert_true((state >= UH_CACHE_STALE) == (mapped.table != NULL));
	uh_cache_unmap(&mapped);
	return state;
}

/* For main.conf. */
static enum uh_cache_state state_of(bool secure)
{
	return state_for((struct uh_origin){.file = main_file(), .secure = secure});
}

static void test_path(void **state)
{
	char path[32];

	(void)state;
	assert_true(uh_cache_path("/etc/unhairpin.conf", path, sizeof(path)));
	assert_string_equal(path, "/etc/unhairpin.cache");
	assert_true(uh_cache_path("/x", path, sizeof("/" UH_CACHE_NAME)));
	assert_string_equal(path, "/unhairpin.cache");
	assert_false(uh_cache_path("/x", path, sizeof("/" UH_CACHE_NAME) - 1));
}

static void test_fresh(void **state)
{
	struct uh_cache mapped;
	struct uh_endpoint asked = {.port = 80};
	const struct uh_table_route *route;

	(void)state;
	assert_int_equal(state_of(false), UH_CACHE_ABSENT);
	write_and_compile();
	assert_int_equal(state_of(false), UH_CACHE_FRESH);
	assert_int_equal(
	    uh_cache_map(cache(), &(struct uh_origin){.file = main_file()}, &mapped),
	    UH_CACHE_FRESH);
	assert_int_equal(uh_table_routes(mapped.table), 3);
	assert_true(uh_address_parse("203.0.113.2", &asked.address));
	route = uh_table_find(mapped.table, &asked, UH_TCP, NULL);
	assert_string_equal(uh_table_text(mapped.table, route->text), "203.0.113.2");
	uh_cache_unmap(&mapped);
}

static void test_changed_in_any_way(void **state)
{
	(void)state;
	write_and_compile();
	write_conf("d/two.conf", "");
	assert_int_equal(state_of(false), UH_CACHE_STALE);
	compile();
	unlink(path_of("d/two.conf"));
	assert_int_equal(state_of(false), UH_CACHE_STALE);
	compile();
	write_conf("d/one.conf", "route 203.0.113.2 { to = 192.0.2.9 }");
	assert_int_equal(state_of(false), UH_CACHE_STALE);
	compile();
	chmod(path_of("main.conf"), 0664);
	assert_int_equal(state_of(false), UH_CACHE_STALE);
	chmod(path_of("main.conf"), 0644);
	assert_int_equal(state_of(false), UH_CACHE_FRESH);
	unlink(path_of("main.conf"));
	assert_int_equal(state_of(false), UH_CACHE_STALE);
}

static void test_swapped_link(void **state)
{
	(void)state;
	mkdir(path_of("old"), 0755);
	mkdir(path_of("new"), 0755);
	write_conf("old/main.conf", "route 203.0.113.1 { to = 192.0.2.1 }");
	write_conf("new/main.conf", "route 203.0.113.1 { to = 192.0.2.2 }");
	assert_int_equal(symlink("old", path_of("data")), 0);
	assert_int_equal(symlink("data/main.conf", path_of("main.conf")), 0);
	compile();
	assert_int_equal(state_of(false), UH_CACHE_FRESH);
	unlink(path_of("data"));
	assert_int_equal(symlink("new", path_of("data")), 0);
	assert_int_equal(state_of(false), UH_CACHE_STALE);
}

/* The second write has the same size and, within a tick of the clock, the same time. */
static void test_young(void **state)
{
	(void)state;
	write_conf("main.conf", "route 203.0.113.1 { to = 192.0.2.1 }");
	parse_request((struct uh_parse_request){.file = path_of("main.conf")});
	assert_int_equal(uh_freshness(table), UH_YOUNG);
	write_cache(image, size);
	assert_int_equal(state_of(false), UH_CACHE_STALE);
}

static void test_of_another_file(void **state)
{
	(void)state;
	write_and_compile();
	write_conf("other.conf", TEXT);
	assert_int_equal(state_for((struct uh_origin){.file = path_of("other.conf")}),
			 UH_CACHE_OTHERS);
	assert_int_equal(state_for((struct uh_origin){.file = NULL}), UH_CACHE_OTHERS);
}

/* Inline routes are compared as texts. No routes are an empty text. */
static void test_of_other_inline_routes(void **state)
{
	const char *file = main_file();

	(void)state;
	write_conf("main.conf", "route 203.0.113.1 { to = 192.0.2.1 }");
	compile_origin(&(struct uh_origin){file, "203.0.113.2=192.0.2.2", false});
	assert_int_equal(uh_table_routes(table), 2);
	assert_int_equal(state_for((struct uh_origin){file, "203.0.113.2=192.0.2.2", false}),
			 UH_CACHE_FRESH);
	assert_int_equal(state_for((struct uh_origin){file, "203.0.113.2=192.0.2.3", false}),
			 UH_CACHE_OTHERS);
	assert_int_equal(state_for((struct uh_origin){file, "203.0.113.2=192.0.2.2 ", false}),
			 UH_CACHE_OTHERS);
	assert_int_equal(state_for((struct uh_origin){file, "", false}), UH_CACHE_OTHERS);
	assert_int_equal(state_of(false), UH_CACHE_OTHERS);
	compile();
	assert_int_equal(state_for((struct uh_origin){file, "", false}), UH_CACHE_FRESH);
	assert_int_equal(state_for((struct uh_origin){file, "203.0.113.2=192.0.2.2", false}),
			 UH_CACHE_OTHERS);
}

/* A cache without files never becomes stale, and is trusted as root's. */
static void test_of_inline_routes_alone(void **state)
{
	static const char routes[] = "203.0.113.1=unix:/a\\ b,192.0.2.1 203.0.113.2=direct";

	(void)state;
	compile_origin(&(struct uh_origin){.inline_routes = routes});
	assert_int_equal(uh_table_sources(table), 1); /* the file that switches routes off */
	assert_int_equal(state_for((struct uh_origin){NULL, routes, false}), UH_CACHE_FRESH);
	assert_int_equal(state_for((struct uh_origin){NULL, routes, true}),
			 geteuid() ? UH_CACHE_REFUSED : UH_CACHE_FRESH);
	assert_int_equal(state_for((struct uh_origin){NULL, "203.0.113.1=direct", false}),
			 UH_CACHE_OTHERS);
	assert_int_equal(state_for((struct uh_origin){NULL, NULL, false}), UH_CACHE_OTHERS);
	assert_int_equal(state_for((struct uh_origin){main_file(), routes, false}),
			 UH_CACHE_OTHERS);
}

static void test_not_to_be_trusted(void **state)
{
	(void)state;
	write_and_compile();
	chmod(cache(), 0664);
	assert_int_equal(state_of(false), UH_CACHE_REFUSED);
	chmod(cache(), 0646);
	assert_int_equal(state_of(false), UH_CACHE_REFUSED);
	chmod(cache(), 0600);
	assert_int_equal(state_of(false), UH_CACHE_FRESH);
	assert_int_equal(state_of(true), geteuid() ? UH_CACHE_REFUSED : UH_CACHE_FRESH);
	unlink(cache());
	assert_int_equal(symlink("elsewhere", cache()), 0);
	assert_int_equal(state_of(false), UH_CACHE_ABSENT);
	unlink(cache());
	assert_int_equal(mkfifo(cache(), 0600), 0);
	assert_int_equal(state_of(false), UH_CACHE_REFUSED);
	unlink(cache());
	assert_int_equal(mkdir(cache(), 0700), 0);
	assert_int_equal(state_of(false), UH_CACHE_REFUSED);
	rmdir(cache());
}

static void test_owned_by_another(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("SKIP test_owned_by_another: needs root\n");
		skip();
	}
	write_and_compile();
	assert_int_equal(chown(cache(), 65534, 65534), 0);
	assert_int_equal(state_of(false), UH_CACHE_REFUSED);
	chmod(dir, 0755);
	assert_int_equal(seteuid(65534), 0);
	assert_int_equal(state_of(false), UH_CACHE_FRESH);
	assert_int_equal(state_of(true), UH_CACHE_REFUSED);
	assert_int_equal(seteuid(0), 0);
}

/* A privileged program takes no routes from a file of its user, compiled or not. */
static void test_made_from_anothers(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("SKIP test_made_from_anothers: needs root\n");
		skip();
	}
	write_and_compile();
	assert_int_equal(chown(path_of("d/one.conf"), 65534, 65534), 0);
	compile();
	assert_int_equal(state_of(false), UH_CACHE_OTHERS);
}

static void copy_image(unsigned char *copy)
{
	memcpy(copy, image, size);
}

/* Changes each byte of the file in place. */
static void test_every_byte(void **state)
{
	int fd;

	(void)state;
	write_and_compile();
	assert_int_equal(state_of(false), UH_CACHE_FRESH);
	fd = open(cache(), O_RDWR);
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = ((unsigned char *)image)[i];
		unsigned char changed = byte ^ (unsigned char)(1 << i % 8);

		assert_int_equal(pwrite(fd, &changed, 1, (off_t)i), 1);
		if (state_of(false) != UH_CACHE_DAMAGED)
			fail_msg("byte %zu: nobody noticed", i);
		assert_int_equal(pwrite(fd, &byte, 1, (off_t)i), 1);
	}
	assert_int_equal(state_of(false), UH_CACHE_FRESH);
	close(fd);
}

/* Programs load the cache anyway; verifying it shows the damage. */
static void test_damaged_in_the_middle(void **state)
{
	const struct uh_origin origin = {.file = main_file()};
	struct uh_cache mapped;
	FILE *file = create("main.conf");
	off_t middle;
	int fd;

	(void)state;
	for (int i = 0; i < 3000; i++)
		fprintf(file, "route 10.0.%d.%d { to = 192.0.2.1 }\n", i / 256, i % 256);
	fclose(file);
	compile();
	assert_true(size > UH_IMAGE_SMALL);
	assert_int_equal(state_of(false), UH_CACHE_FRESH);
	middle = (off_t)table->section[UH_NODES].offset;
	fd = open(cache(), O_RDWR);
	assert_int_equal(pwrite(fd, "damage", 6, middle), 6);
	close(fd);
	assert_int_equal(uh_cache_map(cache(), &origin, &mapped), UH_CACHE_FRESH);
	uh_cache_unmap(&mapped);
	assert_int_equal(uh_cache_verify(cache(), &origin), UH_CACHE_DAMAGED);
}

static void test_every_length(void **state)
{
	int fd;

	(void)state;
	write_and_compile();
	fd = open(cache(), O_RDWR);
	for (size_t length = size; length-- > 0;) {
		assert_int_equal(ftruncate(fd, (off_t)length), 0);
		assert_int_equal(state_of(false), UH_CACHE_DAMAGED);
	}
	close(fd);
}

/* A copied cache belongs to the program: nobody else can cut it or write into it. */
static void test_cut_later(void **state)
{
	const struct uh_origin origin = {.file = main_file()};
	struct uh_endpoint asked = {.port = 80};
	struct uh_cache mapped;

	(void)state;
	write_and_compile();
	assert_true(size <= UH_CACHE_COPIED);
	assert_int_equal(uh_cache_map(cache(), &origin, &mapped), UH_CACHE_FRESH);
	assert_int_equal(truncate(cache(), 0), 0);
	assert_true(uh_table_sound(mapped.table));
	assert_true(uh_address_parse("203.0.113.2", &asked.address));
	assert_non_null(uh_table_find(mapped.table, &asked, UH_TCP, NULL));
	uh_cache_unmap(&mapped);
	assert_int_equal(state_of(false), UH_CACHE_DAMAGED);
}

static void test_another_version_or_order(void **state)
{
	struct uh_table *copy;

	(void)state;
	write_and_compile();
	copy = malloc(size);
	copy_image((unsigned char *)copy);
	copy->version++;
	uh_image_seal(copy);
	write_cache(copy, size);
	assert_int_equal(state_of(false), UH_CACHE_DAMAGED);
	copy_image((unsigned char *)copy);
	copy->byte_order = __builtin_bswap32(copy->byte_order);
	uh_image_seal(copy);
	write_cache(copy, size);
	assert_int_equal(state_of(false), UH_CACHE_DAMAGED);
	copy_image((unsigned char *)copy);
	write_cache(copy, size);
	assert_int_equal(state_of(false), UH_CACHE_FRESH);
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_path),
	    IN_DIR(test_fresh),
	    IN_DIR(test_changed_in_any_way),
	    IN_DIR(test_swapped_link),
	    IN_DIR(test_young),
	    IN_DIR(test_of_another_file),
	    IN_DIR(test_of_other_inline_routes),
	    IN_DIR(test_of_inline_routes_alone),
	    IN_DIR(test_not_to_be_trusted),
	    IN_DIR(test_owned_by_another),
	    IN_DIR(test_made_from_anothers),
	    IN_DIR(test_every_byte),
	    IN_DIR(test_damaged_in_the_middle),
	    IN_DIR(test_every_length),
	    IN_DIR(test_cut_later),
	    IN_DIR(test_another_version_or_order),
	};

	umask(022);
	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
