/* SPDX-License-Identifier: MIT */
/* test_route_parsers.c: parses destinations and targets, good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "build/route_text.h"

struct good {
	const char *text, *address;
	unsigned prefix_length, first_port, last_port;
};

static const struct good good_destinations[] = {
    {"203.0.113.1", "203.0.113.1", 128, 0, 65535},
    {"203.0.113.1:443", "203.0.113.1", 128, 443, 443},
    {"203.0.113.1:1", "203.0.113.1", 128, 1, 1},
    {"203.0.113.1:65535", "203.0.113.1", 128, 65535, 65535},
    {"203.0.113.1:8080-8099", "203.0.113.1", 128, 8080, 8099},
    {"203.0.113.1:80-80", "203.0.113.1", 128, 80, 80},
    {"203.0.113.1:1-65535", "203.0.113.1", 128, 1, 65535},
    {"203.0.113.0/24", "203.0.113.0", 120, 0, 65535},
    {"203.0.113.0/24:5432", "203.0.113.0", 120, 5432, 5432},
    {"203.0.113.0/24:1-9", "203.0.113.0", 120, 1, 9},
    {"203.0.113.1/32", "203.0.113.1", 128, 0, 65535},
    {"0.0.0.0/0", "0.0.0.0", 96, 0, 65535},
    {"128.0.0.0/1:80", "128.0.0.0", 97, 80, 80},
    {"2001:db8::1", "2001:db8::1", 128, 0, 65535},
    {"[2001:db8::1]", "2001:db8::1", 128, 0, 65535},
    {"[2001:db8::1]:443", "2001:db8::1", 128, 443, 443},
    {"[2001:db8::1]:8080-8099", "2001:db8::1", 128, 8080, 8099},
    {"2001:db8::/32", "2001:db8::", 32, 0, 65535},
    {"[2001:db8::]/32", "2001:db8::", 32, 0, 65535},
    {"[2001:db8::]/32:443", "2001:db8::", 32, 443, 443},
    {"[2001:db8::/32]:443", "2001:db8::", 32, 443, 443},
    {"[2001:db8::/32]", "2001:db8::", 32, 0, 65535},
    {"2001:db8:8000::/33", "2001:db8:8000::", 33, 0, 65535},
    {"::/0", "::", 0, 0, 65535},
    {"[::]/0:443", "::", 0, 443, 443},
    {"::1", "::1", 128, 0, 65535},
    {"::ffff:203.0.113.1", "203.0.113.1", 128, 0, 65535},
    {"[::ffff:203.0.113.1]:443", "203.0.113.1", 128, 443, 443},
    {"::ffff:203.0.113.0/120", "203.0.113.0", 120, 0, 65535},
    {"::ffff:0:0/96", "0.0.0.0", 96, 0, 65535},
};

static void test_good_destinations(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good_destinations) / sizeof(*good_destinations); i++) {
		const struct good *good = &good_destinations[i];
		char why[UH_WHY] = "", address[UH_ADDRESS_TEXT];
		struct uh_destination got;

		if (!uh_destination_parse(good->text, &got, why))
			fail_msg("\"%s\": %s", good->text, why);
		assert_string_equal(uh_address_format(&got.address, address), good->address);
		assert_int_equal(got.prefix_length, good->prefix_length);
		assert_int_equal(got.first_port, good->first_port);
		assert_int_equal(got.last_port, good->last_port);
	}
}

/* Each has a part of the expected reason. Every reason must say what was expected. */
static const char *const bad_destinations[][2] = {
    {"", "empty text; expected an IP address or a name"},
    {" ", "\" \" is not an IP address, nor a name; expected letters"},
    {"api example.com", "is not an IP address, nor a name"},
    {"api.example.com/24", "prefix length after the name"},
    {"[api.example.com]:443", "is not an IP address; expected ADDRESS"},
    {"*", "expected \"0.0.0.0/0\" for all of IPv4, \"::/0\" for all of IPv6"},
    {"*:443", "expected \"0.0.0.0/0:443\" for all of IPv4, \"[::]/0:443\" for all of IPv6"},
    {"https://api.example.com/", "is a URL; expected \"api.example.com:443\""},
    {"http://203.0.113.1/x?y", "is a URL; expected \"203.0.113.1:80\""},
    {"http://[2001:db8::1]:8080", "is a URL; expected \"[2001:db8::1]:8080\""},
    {"https:///x", "is a URL; expected an address or a name and a port"},
    {"2001:db8::1:https", "expected \"[2001:db8::1]:https\""},
    {"*.", "wildcard inside the name"},
    {"*.*.example.com", "wildcard inside the name"},
    {"api.*.com", "wildcard inside the name"},
    {"api*.example.com", "wildcard inside the name"},
    {".", "empty label in the name"},
    {"...", "empty label in the name"},
    {"api..example.com", "empty label in the name"},
    {".example.com", "empty label in the name"},
    {"*..example.com", "empty label in the name"},
    {"b\303\274cher.example", "byte 2 of \"b\303\274cher.example\" (0xc3) is not ASCII; "
			      "expected plain quotes and blanks, "
			      "and a name in its ASCII form"},
    {"\xef\xbb\xbf"
     "203.0.113.1:443",
     "byte 1 of"},
    {"203.0.113.1\xc2\xa0", "byte 12 of"},
    {"\xe2\x80\x9c"
     "203.0.113.1\xe2\x80\x9d",
     "byte 1 of"},
    {"0x7f000001", "is not an IP address, nor a name"},
    {"api.example.443", "it ends in a number"},
    {"127.1", "it ends in a number"},
    {"203.0.113", "is not an IP address"},
    {"203.0.113.256", "is not an IP address"},
    {"203.0.113.01", "is not an IP address"},
    {" 203.0.113.1", "is not an IP address"},
    {"203.0.113.1 ", "is not an IP address"},
    {"203.0.113.1x", "is not an IP address"},
    {"2001:db8:::1", "is not an IP address"},
    {"2001:db8::1::", "is not an IP address"},
    {":443", "is not an IP address"},
    {"/24", "is not an IP address"},
    {"[]:443", "is not an IP address"},
    {"203.0.113.1:", "bad port \"\" in \"203.0.113.1:\"; expected 1 to 65535"},
    {"203.0.113.1:0", "bad port \"0\""},
    {"203.0.113.1:65536", "bad port \"65536\""},
    {"203.0.113.1:99999999999", "bad port"},
    {"203.0.113.1:080", "bad port \"080\""},
    {"203.0.113.1:+80", "bad port \"+80\""},
    {"203.0.113.1:-80", "bad port \"\""},
    {"203.0.113.1: 80", "bad port \" 80\""},
    {"203.0.113.1:80 ", "bad port \"80 \""},
    {"203.0.113.1:http", "bad port \"http\""},
    {"203.0.113.1:80-", "bad port \"\""},
    {"203.0.113.1:0-80", "bad port \"0\""},
    {"203.0.113.1:80-65536", "bad port \"65536\""},
    {"203.0.113.1:80-90-99", "bad port \"90-99\""},
    {"203.0.113.1:90-80", "port range 90-80 in \"203.0.113.1:90-80\"; expected 80-90"},
    {"203.0.113.1:80/24", "bad port \"80/24\""},
    {"203.0.113.0/33", "bad prefix length \"33\" in \"203.0.113.0/33\"; expected 0 to 32"},
    {"203.0.113.0/", "bad prefix length \"\""},
    {"203.0.113.0/-1", "bad prefix length \"-1\""},
    {"203.0.113.0/024", "bad prefix length \"024\""},
    {"203.0.113.0/24x", "bad prefix length \"24x\""},
    {"203.0.113.0/24/24", "bad prefix length \"24/24\""},
    {"203.0.113.0/255.255.255.0", "bad prefix length"},
    {"2001:db8::/129", "expected 0 to 128"},
    {"2001:db8::/32:443", "(IPv6 in [] before a port)"},
    {"203.0.113.5/24", "host bits set in 203.0.113.5/24; expected 203.0.113.0/24"},
    {"203.0.113.5/24:443", "expected 203.0.113.0/24"},
    {"203.0.113.1/0", "expected 0.0.0.0/0"},
    {"2001:db8::1/32", "host bits set in 2001:db8::1/32; expected 2001:db8::/32"},
    {"::ffff:203.0.113.5/120", "expected 203.0.113.0/24"},
    {"::ffff:0:0/64", "expected ::/64"},
    {"0.0.0.0", "\"0.0.0.0\" is not the address of a host; expected a host's address, or "
		"0.0.0.0/0 for all"},
    {"0.0.0.0:443", "expected a host's address, or 0.0.0.0/0:443 for all"},
    {"0.0.0.0/32", "expected a host's address, or 0.0.0.0/0"},
    {"::", "expected a host's address, or ::/0"},
    {"[::]:443", "expected a host's address, or [::]/0:443 for all"},
    {"fe80::1%eth0", "zone in \"fe80::1%eth0\"; expected an address without a zone"},
    {"[fe80::1%2]:443", "zone in"},
    {"[2001:db8::1", "no closing bracket in"},
    {"[2001:db8::1]443", "text after the bracket in"},
    {"[2001:db8::1]x:443", "text after the bracket in"},
    {"[2001:db8::/32]/32:443", "text after the bracket in"},
    {"[2001:db8::1]:", "bad port \"\""},
    {"[203.0.113.1]:443", "IPv4 address in brackets in"},
    {"2001:db8::1]:443", "is not an IP address"},
    {"203.0.113.1,203.0.113.2", "is not an IP address, nor a name; expected a route for each "
				"of \"203.0.113.1\", \"203.0.113.2\""},
    {"::ffff:1.2.3.4:80", "expected \"[::ffff:1.2.3.4]:80\""},
    {"2001:db8:0:0:0:0:0:1:443", "a port needs brackets about IPv6"},
    {"2001:db8::1:50443", "expected \"[2001:db8::1]:50443\""},
    {"2001:db8::1:80-90", "expected \"[2001:db8::1]:80-90\""},
};

/* Returns the length of the host before a hidden port, or 0. */
static void test_hidden_ports(void **state)
{
	static const struct {
		const char *text;
		size_t host;
	} texts[] = {
	    {"fe80::1:443", 7},
	    {"2001:db8::1:443", 11},
	    {"2001:db8::1:7", 0},
	    {"2001:db8::1:12", 0},
	    {"2001:db8::1:99", 0},
	    {"2001:db8::1:100", 11},
	    {"2001:db8::1:22", 11},
	    {"2001:db8::1:25", 11},
	    {"2001:db8::1:53", 11},
	    {"fe80::1:0:0:1", 0},
	    {"::1:80", 3},
	    {"2001:db8::a:b:80", 13},
	    {"2001:db8::1:9999", 11},
	    {"::ffff:443", 6},
	    {"::ffff:102:304:80", 14},
	    {"[2001:db8::1:443]", 0},
	    {"[2001:db8::1]:443", 0},
	    {"2001:db8::443", 0},
	    {"2001:db8::1:44a", 0},
	    {"2001:db8::1:0", 0},
	    {"2001:db8::1:0443", 0},
	    {"::1", 0},
	    {"2001:db8:1:2:3:4:5:443", 0},
	    {"::ffff:1.2.3.4", 0},
	    {"::ffff:1.2.3.4:80", 0},
	    {"203.0.113.1:443", 0},
	    {"2001:db8::1:443/128", 0},
	    {"api.example.com", 0},
	    {"unix:/a:80", 0},
	    {"", 0},
	    {":", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (uh_hidden_port(texts[i].text) != texts[i].host)
			fail_msg("\"%s\": %zu", texts[i].text, uh_hidden_port(texts[i].text));
}

static void test_second_targets(void **state)
{
	static const struct {
		const char *text;
		size_t at; /* index of the separator, or 0 */
	} texts[] = {
	    {"unix:/a,unix:/b", 7},
	    {"unix:/a, 192.168.1.20", 7},
	    {"unix:/a;unix:@b", 7},
	    {"unix:/a unix:/b", 7},
	    {"unix:/a|direct", 7},
	    {"unix:/a;b=unix:/c", 9},
	    {"unix:/a&b=10.0.0.1:80", 9},
	    {"unix:/a=[2001:db8::1]:443", 7},
	    {"unix:/a\\=unix:/b", 0},
	    {"unix:/a=b", 0},
	    {"unix:/a,b c;d|e", 0},
	    {"unix:/run/unix:/b", 0},
	    {"unix:/a:unix:/b", 7},
	    {"unix:/a:unix:@b", 7},
	    {"unix:/a:192.168.1.3:443", 7},
	    {"unix:/a:[2001:db8::1]:443", 7},
	    {"unix:@a:direct", 7},
	    {"unix:/a:b:80", 0},
	    {"2001:db8::1", 0},
	    {"[2001:db8::1]:443", 0},
	    {"192.168.1.20:80,unix:/a", 15},
	    {"unix:/a=80", 0},
	    {"192.168.1.20:80", 0},
	    {"direct", 0},
	    {"", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const char *at = uh_target_find_second(texts[i].text);

		if ((at ? (size_t)(at - texts[i].text) : 0) != texts[i].at)
			fail_msg("\"%s\": \"%s\"", texts[i].text, at ? at : "none");
	}
}

static void test_doubts(void **state)
{
	static const struct {
		const char *text, *why; /* why: NULL for none */
	} texts[] = {
	    {"fe80::1:443", "expected [fe80::1]:443 if a port is meant"},
	    {"unix:/run/a:80", "a Unix socket has no port; expected the path without \":80\""},
	    {"unix:@a:65535", "expected the path without \":65535\""},
	    {"unix:/run/a ", "ends in a blank"},
	    {"unix:/run/a\t", "ends in a blank"},
	    {"unix:/run/a\r", "ends in a blank"},
	    {"unix:/run/a\"", "ends in a blank or a quotation mark"},
	    {"unix:/run/a\xe2\x80\x9d", "ends in a blank or a quotation mark"},
	    {"unix:/run/a\xc2\xa0", "ends in a blank"},
	    {"224.0.0.0/4", "matches nothing"},
	    {"239.1.2.0/24:53", "expected single addresses"},
	    {"[ff02::]/16:5353", "matches nothing"},
	    {"224.0.0.0/3", NULL},
	    {"224.0.0.251", NULL},
	    {"fe00::/7", NULL},
	    {"unix:/run/a:0", NULL},
	    {"unix:/run/a:65536", NULL},
	    {"unix:/run/a:b", NULL},
	    {"unix:/run/80", NULL},
	    {"unix:/run/caf\xc3\xa9", NULL},
	    {"192.168.1.20:80", NULL},
	    {"203.0.113.1", NULL},
	    {"direct", NULL},
	    {"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char why[UH_WHY] = "";
		bool doubtful = uh_route_text_is_doubtful(texts[i].text, why);

		if (doubtful != (texts[i].why != NULL) ||
		    (doubtful && (!strstr(why, texts[i].why) || !strstr(why, "expected"))))
			fail_msg("\"%s\": %s", texts[i].text, why);
	}
}

static void test_bad_destinations(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad_destinations) / sizeof(*bad_destinations); i++) {
		const char *text = bad_destinations[i][0];
		struct uh_destination got;
		char why[UH_WHY] = "";

		if (uh_destination_parse(text, &got, why))
			fail_msg("\"%s\" was taken", text);
		if (!strstr(why, bad_destinations[i][1]) || !strstr(why, "expected"))
			fail_msg("\"%s\": %s", text, why);
	}
}

/* With a long text the reason still fits its buffer and keeps its end. */
static void test_long_texts(void **state)
{
	char text[4096], why[UH_WHY + 1];
	struct uh_destination destination;
	struct uh_target target;

	(void)state;
	for (size_t length = 100; length < sizeof(text) - 1; length += 37) {
		static const char fills[] = "1x:[/-%.";

		for (const char *fill = fills; *fill; fill++) {
			memset(text, *fill, length);
			text[length] = '\0';
			why[UH_WHY] = '#';
			assert_false(uh_destination_parse(text, &destination, why));
			assert_non_null(strstr(why, "expected"));
			assert_false(uh_target_parse(text, &target, why));
			assert_non_null(strstr(why, "expected"));
			assert_int_equal(why[UH_WHY], '#');
		}
	}
}

static void test_good_targets(void **state)
{
	static const char *const good[][2] = {
	    {"direct", "direct"},
	    {"unix:/run/x.sock", "unix:/run/x.sock"},
	    {"unix:/run/a b,c", "unix:/run/a b,c"},
	    {"unix:@https", "unix:@https"},
	    {"unix:@/run/x", "unix:@/run/x"},
	    {"unix:@\x01\xff", "unix:@\\x01\\xff"},
	    {"unix:/run/\x1b[2J", "unix:/run/\\x1b[2J"},
	    {"192.168.1.20", "192.168.1.20"},
	    {"192.168.1.20:6432", "192.168.1.20:6432"},
	    {"2001:db8::1", "2001:db8::1"},
	    {"[2001:db8::1]", "2001:db8::1"},
	    {"[2001:db8::1]:443", "[2001:db8::1]:443"},
	    {"::ffff:192.168.1.20", "192.168.1.20"},
	    {"[::ffff:192.168.1.20]:1", "192.168.1.20:1"},
	    {"127.0.0.1:65535", "127.0.0.1:65535"},
	    {"::1", "::1"},
	    {"fe7f::1", "fe7f::1"},
	    {"[fec0::1]:80", "[fec0::1]:80"},
	    {"fd00::1", "fd00::1"},
	    {"169.254.169.254:80", "169.254.169.254:80"},
	    {"ff05::1", "ff05::1"},
	    {"unix:@a/", "unix:@a/"},
	    {"unix:/run/50%%eth0", "unix:/run/50%%eth0"},
	    {"unix:/run/%a/%p%%", "unix:/run/%a/%p%%"},
	    {"unix:@%p", "unix:@%p"},
	    {"refuse", "refuse"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		char why[UH_WHY] = "", text[UH_TARGET_TEXT];
		struct uh_target target;

		if (!uh_target_parse(good[i][0], &target, why))
			fail_msg("\"%s\": %s", good[i][0], why);
		assert_ptr_equal(uh_target_format(&target, text), text);
		assert_string_equal(text, good[i][1]);
	}
}

static const char *const bad_targets[][2] = {
    {"", "empty target; expected unix:/path"},
    {"Direct", "is not a target; expected unix:/path"},
    {"direct ", "is not a target"},
    {"Refuse", "[IPv6]:port, direct or refuse"},
    {"unix:/run/50%eth0", "has a % that begins none of %p, %a and %%; expected %% for a"},
    {"unix:/run/%", "has a % that begins"},
    {"unix:/run/%%%", "has a % that begins"},
    {"unix:@%P", "has a % that begins"},
    {"unix", "is not a target"},
    {"unix:", "has no absolute path; expected unix:/path or unix:@name"},
    {"unix:run/x.sock", "\"unix:run/x.sock\" has no absolute path; expected "
			"\"unix:/run/x.sock\""},
    {"unix:./x", "has no absolute path; expected unix:/path"},
    {"unix: /run/x", "expected \"unix:/run/x\""},
    {"unix:@", "names no socket"},
    {"unix:/", "names no socket"},
    {"/run/x.sock", "is a path; expected \"unix:/run/x.sock\""},
    {"http://127.0.0.1:8080/x",
     "\"http://127.0.0.1:8080/x\" is a URL; expected \"127.0.0.1:8080\""},
    {"https://me:pass@[2001:db8::1]?q", "is a URL; expected \"[2001:db8::1]:443\""},
    {"http://192.168.1.20", "is a URL; expected \"192.168.1.20:80\""},
    {"tcp://192.168.1.20", "is a URL; expected \"192.168.1.20\""},
    {"http://unix:/run/x.sock:/path", "is a URL; expected \"unix:/run/x.sock\""},
    {"http://", "is a URL; expected an IP address and a port"},
    {"http://a b:80/", "is a URL; expected an IP address and a port"},
    {"http://192.168.1.20:99999/", "is a URL; expected an IP address and a port"},
    {"http://localhost:8080/", "expected an IP address, as in \"127.0.0.1:8080\""},
    {"http://db.internal/",
     "expected an IP address and :80 ('getent hosts db.internal' prints"},
    {"localhost", "is not a target, because names of targets are not looked up; expected an IP "
		  "address, as in \"127.0.0.1\""},
    {"localhost:80", "as in \"127.0.0.1:80\""},
    {"db:5432", "expected an IP address and :5432 ('getent hosts db' prints it)"},
    {"192.168.1.20, 192.168.1.30",
     "is more than one target; expected { \"192.168.1.20\", \"192.168.1.30\" }"},
    {"192.168.1.20:https [2001:db8::1]:443;unix:/a",
     "expected { \"192.168.1.20:https\", \"[2001:db8::1]:443\", \"unix:/a\" }"},
    {"192.168.1.20, nonsense/", "expected unix:/path"},
    {"2001:db8::1:50443x", "expected \"[2001:db8::1]:50443x\""},
    {"2001:db8:1:2:3:4:5:6:443", "expected \"[2001:db8:1:2:3:4:5:6]:443\""},
    {"192.168.1.20:0", "bad port \"0\" in \"192.168.1.20:0\"; expected 1 to 65535"},
    {"192.168.1.20:", "bad port \"\""},
    {"192.168.1.20:65536", "bad port"},
    {"192.168.1.20:80-90", "bad port \"80-90\""},
    {"192.168.1.0/24", "has a prefix length; expected one host"},
    {"[2001:db8::/32]:1", "has a prefix length"},
    {"0.0.0.0", "is not the address of a host; expected a host's address"},
    {"0.0.0.0:80", "is not the address of a host"},
    {"::", "is not the address of a host"},
    {"[::]:80", "is not the address of a host"},
    {"::ffff:0.0.0.0", "is not the address of a host"},
    {"fe80::1%eth0", "zone in \"fe80::1%eth0\"; expected an address that needs no interface"},
    {"[fe80::77%eth0]:80", "because a route names no interface"},
    {"[fe80::77%2]:80", "zone in"},
    {"[2001:db8::1%eth0]:80", "zone in"},
    {"192.168.1.20%eth0", "zone in"},
    {"[fe80::77]:80", "\"[fe80::77]:80\" is link-local, and a route names no interface"},
    {"fe80::77", "expected a global or unique local address, or a Unix socket"},
    {"[febf:ffff::1]:80", "is link-local"},
    {"[ff02::1]:80", "is link-local"},
    {"ff01::1", "is link-local"},
    {"ff12::1", "is link-local"},
    {"unix:/run/", "names a directory; expected the path of a socket"},
    {"[2001:db8::1", "no closing bracket"},
    {"[2001:db8::1]80", "text after the bracket"},
    {"[192.168.1.20]:80", "IPv4 address in brackets in"},
    {"192.168.1.20,192.168.1.30", "expected { \"192.168.1.20\", \"192.168.1.30\" }"},
};

static void test_bad_targets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad_targets) / sizeof(*bad_targets); i++) {
		const char *text = bad_targets[i][0];
		struct uh_target got;
		char why[UH_WHY] = "";

		if (uh_target_parse(text, &got, why))
			fail_msg("\"%s\" was taken", text);
		if (!strstr(why, bad_targets[i][1]) || !strstr(why, "expected"))
			fail_msg("\"%s\": %s", text, why);
	}
}

/* 107 bytes fit, of an abstract name with its leading NUL; 108 do not. */
static void test_path_length(void **state)
{
	static const char *const begin[] = {"/", "@"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		char text[200], why[UH_WHY];
		struct uh_target target;

		snprintf(text, sizeof(text), "unix:%s%0106d", begin[i], 0);
		assert_true(uh_target_parse(text, &target, why));
		assert_int_equal(target.kind, UH_TARGET_UNIX);
		assert_int_equal(target.path_length, UH_PATH_MAX);
		assert_int_equal(target.path[0], i == 0 ? '/' : '\0');
		assert_int_equal(target.path[106], '0');
		assert_int_equal(target.path[107], '\0');
		snprintf(text, sizeof(text), "unix:%s%0107d", begin[i], 0);
		assert_false(uh_target_parse(text, &target, why));
		assert_non_null(strstr(why, "path of 108 bytes"));
		assert_non_null(strstr(why, "expected at most 107"));
	}
}

/* "%%" is one byte of the path. */
static void test_escaped_length(void **state)
{
	char text[256] = "unix:/", why[UH_WHY];
	struct uh_target target;

	(void)state;
	for (int i = 1; i < UH_PATH_MAX; i++)
		strcat(text, "%%");
	assert_true(uh_target_parse(text, &target, why));
	assert_int_equal(target.path_length, 2 * UH_PATH_MAX - 1);
	strcat(text, "%%");
	assert_false(uh_target_parse(text, &target, why));
	assert_non_null(strstr(why, "path of 108 bytes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good_destinations), cmocka_unit_test(test_bad_destinations),
	    cmocka_unit_test(test_long_texts),	      cmocka_unit_test(test_good_targets),
	    cmocka_unit_test(test_bad_targets),	      cmocka_unit_test(test_path_length),
	    cmocka_unit_test(test_escaped_length),    cmocka_unit_test(test_hidden_ports),
	    cmocka_unit_test(test_second_targets),    cmocka_unit_test(test_doubts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
