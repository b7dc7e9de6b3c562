/* SPDX-License-Identifier: MIT */
/* test_address.c: reading, writing and masking addresses and sockaddrs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/log_level.h"

static struct uh_address parsed(const char *text)
{
	struct uh_address address;

	assert_true(uh_address_parse(text, &address));
	return address;
}

static void test_texts(void **state)
{
	static const char *const same[] = {
	    "203.0.113.1", "0.0.0.0", "255.255.255.255", "2001:db8::1",		"::",
	    "::1",	   "fe80::1", "::ffff:0:0:1",	 "2001:db8:1:2:3:4:5:6"};
	char text[UH_ADDRESS_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
		struct uh_address address = parsed(same[i]);

		assert_ptr_equal(uh_address_format(&address, text), text);
		assert_string_equal(text, same[i]);
	}
}

static void test_mapped_is_v4(void **state)
{
	struct uh_address mapped = parsed("::ffff:203.0.113.1"), v4 = parsed("203.0.113.1");
	struct uh_address compatible = parsed("::203.0.113.1"), v6 = parsed("2001:db8::1");
	char text[UH_ADDRESS_TEXT];

	(void)state;
	assert_memory_equal(&mapped, &v4, sizeof(v4));
	assert_true(uh_address_is_v4(&mapped));
	assert_false(uh_address_is_v4(&compatible));
	assert_false(uh_address_is_v4(&v6));
	assert_string_equal(uh_address_format(&mapped, text), "203.0.113.1");
}

/* Groups of zero, of one digit and of four digits in every order print as inet_ntop(3) does. */
static void test_as_inet_ntop(void **state)
{
	static const unsigned char groups[3][2] = {{0, 0}, {0, 1}, {0xff, 0xff}};
	char text[UH_ADDRESS_TEXT], expected[UH_ADDRESS_TEXT];

	(void)state;
	for (unsigned number = 0; number < 6561; number++) {
		struct uh_address address;
		unsigned rest = number;

		for (unsigned i = 0; i < 8; i++, rest /= 3)
			memcpy(address.byte + 2 * i, groups[rest % 3], 2);
		inet_ntop(AF_INET6, address.byte, expected, sizeof(expected));
		assert_ptr_equal(uh_address_format_v6(&address, text), text);
		assert_string_equal(text, expected);
		if (!uh_address_is_v4(&address))
			assert_string_equal(uh_address_format(&address, text), expected);
	}
}

static void test_longest_texts(void **state)
{
	struct uh_endpoint endpoint = {.port = 65535};
	char text[UH_ENDPOINT_TEXT];

	(void)state;
	memset(endpoint.address.byte, 0x11, sizeof(endpoint.address.byte));
	assert_string_equal(uh_endpoint_format(&endpoint, text),
			    "[1111:1111:1111:1111:1111:1111:1111:1111]:65535");
	endpoint.address = parsed("255.255.255.255");
	assert_string_equal(uh_endpoint_format(&endpoint, text), "255.255.255.255:65535");
	assert_string_equal(uh_address_format_v6(&endpoint.address, text),
			    "::ffff:255.255.255.255");
}

static void test_refused_texts(void **state)
{
	static const char *const bad[] = {"",		"1",	     "1.2.3",
					  "1.2.3.4.5",	"256.1.1.1", "01.2.3.4",
					  " 1.2.3.4",	"1.2.3.4 ",  "1.2.3.4:5",
					  "1.2.3.4/24", "-1.2.3.4",  "0x7f.0.0.1",
					  ":::",	"2001:db8:", "[::1]",
					  "::1%lo",	"g::1",	     "1:2:3:4:5:6:7:8:9",
					  "example",	"1::2::3",   "::ffff:1.2.3"};
	struct uh_address address;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (uh_address_parse(bad[i], &address))
			fail_msg("\"%s\" was taken", bad[i]);
}

/* Compares with a mask that is made bit by bit. */
static void test_mask(void **state)
{
	struct uh_address full, masked;

	(void)state;
	for (unsigned length = 0; length <= 128; length++) {
		for (int i = 0; i < 16; i++)
			full.byte[i] = (unsigned char)(0xa5 + 29 * i) | 1;
		masked = full;
		uh_address_mask(&masked, length);
		for (unsigned bit = 0; bit < 128; bit++) {
			unsigned was = full.byte[bit / 8] >> (7 - bit % 8) & 1;
			unsigned is = masked.byte[bit / 8] >> (7 - bit % 8) & 1;

			assert_int_equal(is, bit < length ? was : 0);
		}
	}
}

static void test_unspecified(void **state)
{
	static const char *const none[] = {"0.0.0.0", "::", "::ffff:0.0.0.0"};
	static const char *const some[] = {"0.0.0.1", "127.0.0.1", "::1", "1::", "::1.0.0.0"};

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		struct uh_address address = parsed(none[i]);

		assert_true(uh_address_is_unspecified(&address));
	}
	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++) {
		struct uh_address address = parsed(some[i]);

		assert_false(uh_address_is_unspecified(&address));
	}
}

static void test_meant(void **state)
{
	static const struct {
		const char *asked, *local, *meant;
	} cases[] = {
	    {"203.0.113.1", "0.0.0.0", "203.0.113.1"},
	    {"203.0.113.1", "::", "203.0.113.1"},
	    {"0.0.0.0", "0.0.0.0", "127.0.0.1"},
	    {"0.0.0.0", "::", "127.0.0.1"},
	    {"0.0.0.0", "192.0.2.1", "192.0.2.1"},
	    {"::", "::", "::1"},
	    {"::", "2001:db8::1", "::1"},
	    {"::", "192.0.2.1", "127.0.0.1"},
	    {"::", "0.0.0.0", "127.0.0.1"},
	    {"2001:db8::1", "::", "2001:db8::1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct uh_address asked = parsed(cases[i].asked),
				  local = parsed(cases[i].local),
				  meant = uh_address_meant(&asked, &local);
		char text[UH_ADDRESS_TEXT];

		assert_string_equal(uh_address_format(&meant, text), cases[i].meant);
	}
}

static void test_endpoint_text(void **state)
{
	struct uh_endpoint v4 = {.address = parsed("203.0.113.1"), .port = 443};
	struct uh_endpoint v6 = {.address = parsed("2001:db8:1111:2222:3333:4444:5555:6666"),
				 .port = 65535};
	char text[UH_ENDPOINT_TEXT];

	(void)state;
	assert_string_equal(uh_endpoint_format(&v4, text), "203.0.113.1:443");
	assert_string_equal(uh_endpoint_format(&v6, text),
			    "[2001:db8:1111:2222:3333:4444:5555:6666]:65535");
}

static void test_v4_sockaddr(void **state)
{
	struct uh_endpoint out = {.address = parsed("203.0.113.1"), .port = 443}, in;
	struct sockaddr_storage storage;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&storage;

	(void)state;
	assert_int_equal(uh_endpoint_to_sockaddr(&out, AF_INET, &storage), sizeof(*v4));
	assert_int_equal(v4->sin_family, AF_INET);
	assert_int_equal(ntohs(v4->sin_port), 443);
	assert_int_equal(ntohl(v4->sin_addr.s_addr), 0xcb007101);
	memset(&in, 0xff, sizeof(in));
	assert_true(uh_endpoint_from_sockaddr((void *)&storage, sizeof(*v4), &in));
	assert_memory_equal(&in.address, &out.address, 16);
	assert_int_equal(in.port, 443);
	assert_int_equal(in.scope_id, 0);
}

static void test_v6_sockaddr(void **state)
{
	struct uh_endpoint out = {.address = parsed("fe80::1"), .scope_id = 7, .port = 80}, in;
	struct sockaddr_storage storage;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&storage;

	(void)state;
	assert_int_equal(uh_endpoint_to_sockaddr(&out, AF_INET6, &storage), sizeof(*v6));
	assert_int_equal(v6->sin6_family, AF_INET6);
	assert_int_equal(v6->sin6_scope_id, 7);
	assert_true(uh_endpoint_from_sockaddr((void *)&storage, sizeof(*v6), &in));
	assert_memory_equal(&in.address, &out.address, 16);
	assert_int_equal(in.port, 80);
	assert_int_equal(in.scope_id, 7);
	/* The form of RFC 2133 ends before the scope. */
	assert_true(uh_endpoint_from_sockaddr((void *)&storage, 24, &in));
	assert_int_equal(in.scope_id, 0);
}

static void test_across_families(void **state)
{
	struct uh_endpoint v4 = {.address = parsed("203.0.113.1"), .port = 1}, in;
	struct uh_endpoint v6 = {.address = parsed("2001:db8::1"), .port = 1};
	struct sockaddr_storage storage;
	struct sockaddr_in6 *mapped = (struct sockaddr_in6 *)&storage;

	(void)state;
	assert_int_equal(uh_endpoint_to_sockaddr(&v6, AF_INET, &storage), 0);
	assert_int_equal(uh_endpoint_to_sockaddr(&v4, AF_INET6, &storage), sizeof(*mapped));
	assert_true(IN6_IS_ADDR_V4MAPPED(&mapped->sin6_addr));
	assert_true(uh_endpoint_from_sockaddr((void *)&storage, sizeof(*mapped), &in));
	assert_memory_equal(&in.address, &v4.address, 16);
}

/* Each length is in a buffer of that size, so that a sanitizer reports a read behind it. */
static void test_lengths(void **state)
{
	(void)state;
	for (socklen_t length = 0; length <= sizeof(struct sockaddr_storage) + 8; length++) {
		struct sockaddr *address = calloc(1, length + 1);
		bool fits = length <= sizeof(struct sockaddr_storage);
		sa_family_t family = AF_INET;
		struct uh_endpoint in;
		char *exact = malloc(length ? length : 1);

		for (int v6 = 0; v6 < 2; v6++) {
			family = v6 ? AF_INET6 : AF_INET;
			memcpy(exact, address, length);
			if (length >= sizeof(family))
				memcpy(exact, &family, sizeof(family));
			assert_int_equal(uh_endpoint_from_sockaddr((void *)exact, length, &in),
					 fits && length >= (v6 ? 24 : 16));
		}
		free(exact);
		free(address);
	}
}

static void test_other_families(void **state)
{
	struct sockaddr_storage storage = {.ss_family = AF_UNIX};
	struct uh_endpoint in;

	(void)state;
	assert_false(uh_endpoint_from_sockaddr((void *)&storage, sizeof(storage), &in));
	storage.ss_family = AF_UNSPEC;
	assert_false(uh_endpoint_from_sockaddr((void *)&storage, 16, &in));
	assert_false(uh_endpoint_from_sockaddr(NULL, 16, &in));
}

static void test_log_levels(void **state)
{
	(void)state;
	for (int level = UH_LOG_OFF; level <= UH_LOG_DEBUG; level++)
		assert_int_equal(uh_log_level_parse(uh_log_level_name(level)), level);
	assert_int_equal(uh_log_level_parse("warning"), UH_LOG_WARNING);
	assert_int_equal(uh_log_level_parse("Warning"), -1);
	assert_int_equal(uh_log_level_parse(""), -1);
	assert_string_equal(uh_log_level_name(99), "unknown");
	assert_string_equal(uh_log_level_name(-1), "unknown");
}

static void test_group(void **state)
{
	static const struct {
		const char *address;
		bool group;
	} cases[] = {
	    {"223.255.255.255", false},
	    {"224.0.0.0", true},
	    {"224.0.0.251", true},
	    {"239.255.255.255", true},
	    {"240.0.0.0", false},
	    {"255.255.255.254", false},
	    {"255.255.255.255", true},
	    {"::ffff:224.0.0.1", true},
	    {"::ffff:255.255.255.255", true},
	    {"::ffff:1.2.3.4", false},
	    {"::255.255.255.255", false},
	    {"ff00::", true},
	    {"ff02::fb", true},
	    {"fe00::1", false},
	    {"2001:db8::ff00", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct uh_address address;

		assert_true(uh_address_parse(cases[i].address, &address));
		assert_int_equal(uh_address_is_group(&address), cases[i].group);
	}
}

static void test_private(void **state)
{
	static const struct {
		const char *address;
		bool private, loopback;
	} cases[] = {
	    {"10.1.2.3", true, false},
	    {"172.31.0.1", true, false},
	    {"172.32.0.1", false, false},
	    {"172.15.255.255", false, false},
	    {"11.0.0.0", false, false},
	    {"100.128.0.1", false, false},
	    {"100.63.0.1", false, false},
	    {"169.254.1.1", true, false},
	    {"169.253.1.1", false, false},
	    {"128.0.0.1", false, false},
	    {"126.255.255.255", false, false},
	    {"::", false, false},
	    {"::2", false, false},
	    {"::ffff:127.0.0.1", true, true},
	    {"::ffff:10.0.0.1", true, false},
	    {"fec0::1", false, false},
	    {"fe00::1", false, false},
	    {"febf::1", true, false},
	    {"fbff::1", false, false},
	    {"0.0.0.0", false, false},
	    {"192.168.1.1", true, false},
	    {"100.64.0.1", true, false},
	    {"127.0.1.1", true, true},
	    {"203.0.113.1", false, false},
	    {"::1", true, true},
	    {"fd00::1", true, false},
	    {"fe80::1", true, false},
	    {"2001:db8::1", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct uh_address address;

		assert_true(uh_address_parse(cases[i].address, &address));
		assert_int_equal(uh_address_is_private(&address), cases[i].private);
		assert_int_equal(uh_address_is_loopback(&address), cases[i].loopback);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_texts),	  cmocka_unit_test(test_mapped_is_v4),
	    cmocka_unit_test(test_refused_texts), cmocka_unit_test(test_as_inet_ntop),
	    cmocka_unit_test(test_longest_texts), cmocka_unit_test(test_mask),
	    cmocka_unit_test(test_endpoint_text), cmocka_unit_test(test_v4_sockaddr),
	    cmocka_unit_test(test_v6_sockaddr),	  cmocka_unit_test(test_across_families),
	    cmocka_unit_test(test_lengths),	  cmocka_unit_test(test_other_families),
	    cmocka_unit_test(test_log_levels),	  cmocka_unit_test(test_unspecified),
	    cmocka_unit_test(test_meant),	  cmocka_unit_test(test_group),
	    cmocka_unit_test(test_private),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
