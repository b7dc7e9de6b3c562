/* SPDX-License-Identifier: MIT */
/* test_proxy_header.c: the PROXY protocol's header, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "socket/proxy_header.h"

static struct uh_proxy between(const char *from, uint16_t from_port, const char *to,
			       uint16_t to_port)
{
	struct uh_proxy proxy = {.from.port = from_port, .to.port = to_port};

	assert_true(uh_address_parse(from, &proxy.from.address));
	assert_true(uh_address_parse(to, &proxy.to.address));
	return proxy;
}

static void expect_line(struct uh_proxy proxy, const char *line)
{
	unsigned char header[UH_PROXY_HEADER_MAX];
	size_t size = uh_proxy_header(UH_PROXY_V1, &proxy, header);

	assert_int_equal(size, strlen(line));
	assert_memory_equal(header, line, size);
}

static void test_v1(void **state)
{
	(void)state;
	expect_line(between("192.168.1.10", 40000, "203.0.113.1", 443),
		    "PROXY TCP4 192.168.1.10 203.0.113.1 40000 443\r\n");
	expect_line(between("::ffff:10.0.0.1", 1, "::ffff:203.0.113.1", 65535),
		    "PROXY TCP4 10.0.0.1 203.0.113.1 1 65535\r\n");
	expect_line(between("2001:db8::10", 40000, "2001:db8::1", 443),
		    "PROXY TCP6 2001:db8::10 2001:db8::1 40000 443\r\n");
	expect_line(between("::1", 40000, "203.0.113.1", 443),
		    "PROXY TCP6 ::1 ::ffff:203.0.113.1 40000 443\r\n");
}

/* The longest line there can be, but for the names of families that we never write. */
static void test_v1_longest(void **state)
{
	const char *address = "1111:2222:3333:4444:5555:6666:7777:8888";

	(void)state;
	expect_line(between(address, 65535, address, 65535),
		    "PROXY TCP6 1111:2222:3333:4444:5555:6666:7777:8888 "
		    "1111:2222:3333:4444:5555:6666:7777:8888 65535 65535\r\n");
}

#define SIGNATURE "\x0d\x0a\x0d\x0a\x00\x0d\x0a\x51\x55\x49\x54\x0a"
#define PROCESS "\xe0\x00\x04\x12\x34\x56\x78"
#define USER "\xe1\x00\x04\xff\xff\xff\xfe"

#define EXPECT_BYTES(proxy, bytes) expect_bytes(proxy, bytes, sizeof(bytes) - 1)

static void expect_bytes(struct uh_proxy proxy, const char *bytes, size_t length)
{
	unsigned char header[UH_PROXY_HEADER_MAX];

	proxy.process = 0x12345678;
	proxy.user = 0xfffffffe;
	assert_int_equal(uh_proxy_header(UH_PROXY_V2, &proxy, header), length);
	assert_memory_equal(header, bytes, length);
}

static void test_v2(void **state)
{
	(void)state;
	EXPECT_BYTES(between("192.168.1.10", 0x1234, "203.0.113.1", 443),
		     SIGNATURE "\x21\x11\x00\x1a"
			       "\xc0\xa8\x01\x0a"
			       "\xcb\x00\x71\x01"
			       "\x12\x34\x01\xbb" PROCESS USER);
	EXPECT_BYTES(between("2001:db8::10", 0x1234, "2001:db8::1", 443),
		     SIGNATURE "\x21\x21\x00\x32"
			       "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x10"
			       "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
			       "\x12\x34\x01\xbb" PROCESS USER);
	EXPECT_BYTES(between("::1", 0x1234, "203.0.113.1", 443),
		     SIGNATURE "\x21\x21\x00\x32"
			       "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"
			       "\0\0\0\0\0\0\0\0\0\0\xff\xff\xcb\x00\x71\x01"
			       "\x12\x34\x01\xbb" PROCESS USER);
}

static void test_v2_name(void **state)
{
	struct uh_proxy proxy = between("192.168.1.10", 0x1234, "203.0.113.1", 443);
	char longest[257];

	(void)state;
	proxy.name = "api.example.com";
	EXPECT_BYTES(proxy, SIGNATURE "\x21\x11\x00\x2c"
				      "\xc0\xa8\x01\x0a"
				      "\xcb\x00\x71\x01"
				      "\x12\x34\x01\xbb"
				      "\x02\x00\x0f"
				      "api.example.com" PROCESS USER);
	memset(longest, 'x', sizeof(longest));
	longest[255] = '\0';
	proxy.name = longest;
	assert_int_equal(
	    uh_proxy_header(UH_PROXY_V2, &proxy, (unsigned char[UH_PROXY_HEADER_MAX]){0}),
	    16 + 12 + 3 + 255 + 7 + 7);
	longest[255] = 'x';
	longest[256] = '\0';
	EXPECT_BYTES(proxy, SIGNATURE "\x21\x11\x00\x1a"
				      "\xc0\xa8\x01\x0a"
				      "\xcb\x00\x71\x01"
				      "\x12\x34\x01\xbb" PROCESS USER);
	proxy.name = "";
	EXPECT_BYTES(proxy, SIGNATURE "\x21\x11\x00\x1a"
				      "\xc0\xa8\x01\x0a"
				      "\xcb\x00\x71\x01"
				      "\x12\x34\x01\xbb" PROCESS USER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_v1),
	    cmocka_unit_test(test_v1_longest),
	    cmocka_unit_test(test_v2),
	    cmocka_unit_test(test_v2_name),
	};

	return cmocka_run_group_tests_name("proxy_header", tests, NULL, NULL);
}
