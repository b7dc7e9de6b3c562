/* SPDX-License-Identifier: MIT */
/* test_ip_sockets.c: lines of /proc/net/tcp, tcp6 and udp, as a little-endian kernel prints
 * them. */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "command/inspect/ip_sockets.h"

static void assert_endpoint(const struct uh_endpoint *endpoint, const char *expected)
{
	char text[UH_ENDPOINT_TEXT];

	assert_string_equal(uh_endpoint_format(endpoint, text), expected);
}

static void test_lines(void **state)
{
	struct uh_ip_socket socket;

	(void)state;
	if (htobe32(1) == 1)
		skip();
	assert_true(uh_ip_socket_parse(
	    "   1: 0100007F:9C40 017100CB:01BB 02 00000000:00000000 01:00000000 00000000  1000"
	    "        0 123456 2 0000000000000000 100 0 0 10 -1\n",
	    &socket));
	assert_endpoint(&socket.local, "127.0.0.1:40000");
	assert_endpoint(&socket.remote, "203.0.113.1:443");
	assert_int_equal(socket.state, UH_IP_SYN_SENT);
	assert_int_equal(socket.user, 1000);
	assert_int_equal(socket.inode, 123456);
	assert_true(uh_ip_socket_parse(
	    " 10: 00000000000000000000000000000000:0016 B80D0120000000000000000001000000:0000 "
	    "0A "
	    "00000000:00000000 00:00000000 00000000     0        0 77 1 0000000000000000\n",
	    &socket));
	assert_endpoint(&socket.local, "[::]:22");
	assert_endpoint(&socket.remote, "[2001:db8::1]:0");
	assert_int_equal(socket.state, UH_IP_LISTENING);
	assert_int_equal(socket.inode, 77);
}

static void test_other_lines(void **state)
{
	struct uh_ip_socket socket;

	(void)state;
	assert_false(uh_ip_socket_parse("", &socket));
	assert_false(uh_ip_socket_parse("  sl  local_address rem_address   st tx_queue "
					"rx_queue tr tm->when retrnsmt   uid  "
					"timeout inode\n",
					&socket));
	assert_false(
	    uh_ip_socket_parse("   1: 0100007F:9C40 017100CB:01BB 02 00000000", &socket));
	assert_false(uh_ip_socket_parse(
	    "   1: 01007F:9C40 017100CB:01BB 02 00000000:00000000 01:00000000 00000000 0 0 1\n",
	    &socket));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_other_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
