/* SPDX-License-Identifier: MIT */
/* test_greet.c: what the first bytes of a server show, and whether two answers are the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "command/suggest/hairpin/compare_places.h"
#include "command/inspect/local_addresses.h"
#include "command/probe/tls_answer.h"
#include "command/probe/tls_hello.h"
#include "command/suggest/hairpin/host.h"
#include "command/suggest/hairpin/tls_certificate.h"
#include "base/hostname.h"

#define SPEECH(bytes) uh_speech_of((const unsigned char *)(bytes), sizeof(bytes) - 1)

static void test_speech(void **state)
{
	(void)state;
	assert_int_equal(SPEECH("HTTP/1.1 200 OK\r\n"), UH_SPEECH_HTTP);
	assert_int_equal(SPEECH("HTTP/1.0 400 Bad"), UH_SPEECH_HTTP);
	assert_int_equal(SPEECH("<!DOCTYPE HTML>\n<html lang"), UH_SPEECH_HTTP);
	assert_int_equal(SPEECH("\x16\x03\x03\x00\x40\x02"), UH_SPEECH_TLS);
	assert_int_equal(SPEECH("\x15\x03\x01\x00\x02\x02\x46"), UH_SPEECH_TLS);
	/* A ClientHello is what this side sends: a server that echoes it speaks something else.
	 */
	assert_int_equal(SPEECH("\x16\x03\x01\x00\x40\x01"), UH_SPEECH_UNKNOWN);
	assert_int_equal(SPEECH("SSH-2.0-OpenSSH_9.2\r\n"), UH_SPEECH_SSH);
	assert_int_equal(SPEECH("220 mail ESMTP\r\n"), UH_SPEECH_SMTP_OR_FTP);
	assert_int_equal(SPEECH("-ERR unknown command"), UH_SPEECH_REDIS);
	assert_int_equal(SPEECH("-DENIED Redis is running"), UH_SPEECH_REDIS);
	assert_int_equal(SPEECH("ERROR\r\n"), UH_SPEECH_MEMCACHED);
	assert_int_equal(SPEECH("\x4a\0\0\0\x0a"
				"8.0.36\0\x07\0\0\0"),
			 UH_SPEECH_MYSQL);
	assert_int_equal(SPEECH("\x5b\0\0\0\x0a"
				"5.5.5-10.11.6-MariaDB\0"),
			 UH_SPEECH_MYSQL);
	assert_int_equal(SPEECH("\x44\0\0\0\xff\x6a\x04Host '192.168.1.9' is not allowed"),
			 UH_SPEECH_MYSQL);
	assert_int_equal(SPEECH("E\0\0\0\x40SFATAL\0"), UH_SPEECH_POSTGRES);
	assert_int_equal(SPEECH("\0\0\x06\x04\0\0\0\0\0\0\x05\0\0\x40\0"), UH_SPEECH_HTTP2);
	assert_int_equal(SPEECH("\0\0\0\x04\0\0\0\0\0"), UH_SPEECH_HTTP2);
}

/* Nothing is recognised by less than it takes, nor by what any bytes may begin with. */
static void test_unknown(void **state)
{
	(void)state;
	assert_int_equal(SPEECH(""), UH_SPEECH_UNKNOWN);
	assert_int_equal(SPEECH("H"), UH_SPEECH_UNKNOWN);
	assert_int_equal(SPEECH("HTTP/"), UH_SPEECH_UNKNOWN);
	assert_int_equal(SPEECH("\x16"), UH_SPEECH_UNKNOWN);
	assert_int_equal(SPEECH("\x4a\0\0\0"), UH_SPEECH_UNKNOWN);
	assert_int_equal(SPEECH("\x05\0\0\0\x0b\x08\x05\x1a\0"), UH_SPEECH_UNKNOWN);
	assert_int_equal(SPEECH("\0\0\0\0\0\0\0\0\0"), UH_SPEECH_UNKNOWN);
	assert_int_equal(SPEECH("E"), UH_SPEECH_UNKNOWN);
	assert_int_equal(SPEECH("<html>"), UH_SPEECH_UNKNOWN);
	for (int speech = 0; speech < UH_SPEECHES; speech++)
		assert_non_null(uh_speech_text((enum uh_speech)speech));
}

static void test_by_design(void **state)
{
	static const char *const paths[] = {
	    "/run/postgresql/.s.PGSQL.5432",
	    "/tmp/.s.PGSQL.6432",
	    "/run/mysqld/mysqld.sock",
	    "/tmp/.X11-unix/X0",
	    "/run/docker.sock",
	    "/run/cups/cups.sock",
	    "/run/dbus/system_bus_socket",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		assert_non_null(uh_differs_by_design(UH_SPEECH_UNKNOWN, paths[i], NULL));
	assert_non_null(uh_differs_by_design(UH_SPEECH_POSTGRES, "/x", NULL));
	assert_non_null(uh_differs_by_design(UH_SPEECH_POSTGRES_TLS, "/x", NULL));
	assert_non_null(uh_differs_by_design(UH_SPEECH_MYSQL, "/x", NULL));
	assert_non_null(uh_differs_by_design(UH_SPEECH_REDIS, "/x", NULL));
	assert_non_null(uh_differs_by_design(
	    UH_SPEECH_HTTP, "/x", "HTTP/1.1 200 OK\r\nserver: CUPS/2.4 IPP/2.1\r\n"));
	assert_null(uh_differs_by_design(UH_SPEECH_HTTP, "/run/web.sock", NULL));
	assert_null(uh_differs_by_design(UH_SPEECH_HTTP, "/run/s.PGSQL.sock",
					 "HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\nServer"));
}

/* A ServerHello of two bytes, and a certificate "abc" of two records. */
static const unsigned char answer[] = "\x16\x03\x03\x00\x0a\x02\x00\x00\x02xx\x0b\x00\x00\x09"
				      "\x16\x03\x03\x00\x09\x00\x00\x06\x00\x00\x03"
				      "abc"
				      "\x15\x03\x03\x00\x02xx";

static void test_certificate(void **state)
{
	const size_t whole = sizeof(answer) - 1 - 7;
	size_t length = 0;

	(void)state;
	unsigned char *found = uh_tls_find_certificate(answer, sizeof(answer) - 1, &length);

	assert_non_null(found);
	assert_int_equal(length, 3);
	assert_memory_equal(found, "abc", 3);
	free(found);
	/* None of what is cut off. */
	for (size_t size = 0; size < whole; size++)
		assert_null(uh_tls_find_certificate(answer, size, &length));
	/* Lengths that lie. */
	for (size_t i = 0; i < whole; i++) {
		unsigned char bytes[sizeof(answer)];

		memcpy(bytes, answer, sizeof(answer));
		bytes[i] = 0xff;
		free(uh_tls_find_certificate(bytes, whole, &length));
	}
}

static void test_hello(void **state)
{
	unsigned char hello[UH_HELLO_MAX];
	char name[UH_NAME_MAX + 1];

	(void)state;
	memset(name, 'a', UH_NAME_MAX);
	name[UH_NAME_MAX] = '\0';
	size_t plain = uh_tls_hello(hello, NULL), named = uh_tls_hello(hello, name);

	assert_int_equal(named, plain + UH_NAME_MAX + 9);
	assert_int_equal(hello[3] << 8 | hello[4], named - 5);
	assert_int_equal(hello[7] << 8 | hello[8], named - 9);
}

/* A subject with CN=Api.Example.com, and the alternative names *.shop.example and short. */
static void test_certificate_names(void **state)
{
	static const unsigned char certificate[] = "\x30\x20\x06\x03\x55\x04\x03\x0c\x0f"
						   "Api.Example.com"
						   "\x82\x0e*.shop.example\x82\x05short";
	const size_t length = sizeof(certificate) - 1;

	(void)state;
	assert_true(uh_tls_certificate_names(certificate, length, "api.example.com"));
	assert_true(uh_tls_certificate_names(certificate, length, "www.shop.example"));
	assert_true(uh_tls_certificate_names(certificate, length, "short"));
	assert_false(uh_tls_certificate_names(certificate, length - 1, "short"));
	assert_false(uh_tls_certificate_names(certificate, length, "example.com"));
	assert_false(uh_tls_certificate_names(certificate, length, "shop.example"));
	assert_false(uh_tls_certificate_names(certificate, length, "a.b.shop.example"));
	assert_false(uh_tls_certificate_names(certificate, 0, "short"));
}

/* An address of an interface counts if it is public, one that was named counts always. */
static void test_known_public(void **state)
{
	struct uh_host host = {0};
	struct uh_address inside, outside, other;

	(void)state;
	assert_true(uh_address_parse("192.168.1.20", &inside));
	assert_true(uh_address_parse("203.0.113.1", &outside));
	assert_true(uh_address_parse("2001:db8::1", &other));
	assert_true(uh_local_addresses_add(&host.own, &inside, true, "an address of eth0"));
	assert_false(uh_host_knows_public(&host, true));
	assert_true(uh_local_addresses_add(&host.own, &other, true, "an address of eth0"));
	assert_false(uh_host_knows_public(&host, true));
	assert_true(uh_host_knows_public(&host, false));
	assert_true(uh_local_addresses_add(&host.own, &outside, false, "given"));
	assert_true(uh_host_knows_public(&host, true));
	uh_local_addresses_free(&host.own);
}

static void test_tls_ports(void **state)
{
	const char *request;

	(void)state;
	assert_int_equal(uh_tls_port(443, &request), UH_TLS_FIRST);
	assert_null(request);
	assert_int_equal(uh_tls_port(25, &request), UH_TLS_ON_TURN);
	assert_string_equal(request, "STARTTLS");
	assert_int_equal(uh_tls_port(5432, &request), UH_TLS_ON_TURN);
	assert_string_equal(request, "SSLRequest");
	assert_int_equal(uh_tls_port(80, &request), UH_TLS_NEVER);
	assert_null(request);
	assert_int_equal(uh_tls_port(0, &request), UH_TLS_NEVER);
}

#define HEAD(date) "HTTP/1.1 200 OK\r\nDate: " date "\r\nServer: x\r\n\r\n"

static void test_answers(void **state)
{
	(void)state;
	assert_int_equal(
	    uh_answers_compare(HEAD("1") "a\nb\n", HEAD("1") "a\nb\n", HEAD("1") "a\nb\n"),
	    UH_ALIKE);
	/* The clock went on: before the second one, or behind it. */
	assert_int_equal(uh_answers_compare(HEAD("1") "a\n", HEAD("2") "a\n", HEAD("2") "a\n"),
			 UH_ALIKE);
	assert_int_equal(uh_answers_compare(HEAD("1") "a\n", HEAD("1") "a\n", HEAD("2") "a\n"),
			 UH_ALIKE);
	assert_int_equal(uh_answers_compare(HEAD("1"), HEAD("1"), HEAD("1")), UH_ALIKE);
	assert_int_equal(uh_answers_compare(HEAD("1") "a", HEAD("1") "b", HEAD("1") "a"),
			 UH_DIFFERENT);
	assert_int_equal(uh_answers_compare(HEAD("1") "a", HEAD("1"), HEAD("1") "a"),
			 UH_DIFFERENT);
	assert_int_equal(uh_answers_compare(HEAD("1"), HEAD("1") "a", HEAD("1")), UH_DIFFERENT);
	assert_int_equal(uh_answers_compare("HTTP/1.1 200 OK\r\n\r\na",
					    "HTTP/1.1 403 Forbidden\r\n\r\na",
					    "HTTP/1.1 200 OK\r\n\r\na"),
			 UH_DIFFERENT);
	/* A line that is new each time does not count; a body of such lines shows nothing. */
	assert_int_equal(uh_answers_compare(HEAD("1") "a\n1\nb\n", HEAD("1") "a\n2\nb\n",
					    HEAD("1") "a\n3\nb\n"),
			 UH_ALIKE);
	assert_int_equal(uh_answers_compare(HEAD("1") "a\n1\n2\n", HEAD("1") "a\n3\n4\n",
					    HEAD("1") "a\n5\n6\n"),
			 UH_UNTRIED);
	assert_int_equal(
	    uh_answers_compare(HEAD("1") "a\n", HEAD("1") "a\n", HEAD("1") "a\nb\n"),
	    UH_UNTRIED);
}

/* An interface says more than a list, whichever was added first. */
static void test_own(void **state)
{
	struct uh_local_addresses own = {0};
	struct uh_address address, other;

	(void)state;
	assert_true(uh_address_parse("203.0.113.1", &address));
	assert_true(uh_address_parse("203.0.113.2", &other));
	assert_true(uh_local_addresses_add(&own, &address, false, "given"));
	assert_false(uh_local_addresses_find(&own, &address)->on_interface);
	assert_true(uh_local_addresses_add(&own, &address, true, "an address of lo"));
	assert_true(uh_local_addresses_add(&own, &address, false, "given again"));
	assert_true(uh_local_addresses_find(&own, &address)->on_interface);
	assert_string_equal(uh_local_addresses_find(&own, &address)->why, "an address of lo");
	assert_null(uh_local_addresses_find(&own, &other));
	uh_local_addresses_free(&own);
}

/* Of an address of this host the kernel says that it sends from it. */
static void test_toward(void **state)
{
	struct uh_address loopback, from;

	(void)state;
	assert_true(uh_address_parse("127.0.0.1", &loopback));
	assert_true(uh_address_toward(&loopback, &from));
	assert_memory_equal(&from, &loopback, sizeof(from));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_speech),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_by_design),
	    cmocka_unit_test(test_certificate),
	    cmocka_unit_test(test_hello),
	    cmocka_unit_test(test_tls_ports),
	    cmocka_unit_test(test_certificate_names),
	    cmocka_unit_test(test_known_public),
	    cmocka_unit_test(test_answers),
	    cmocka_unit_test(test_own),
	    cmocka_unit_test(test_toward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
