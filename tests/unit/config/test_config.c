/* SPDX-License-Identifier: MIT */
/* test_config.c: options of routes and settings, from files to the table. */
#include "confdir.h"

#include <confuse.h>
#include <dlfcn.h>
#include <time.h>

#include "base/log_level.h"

/*
 * Replaces libconfuse's function, and counts the sections that were freed, and the most that
 * were kept at a time.
 */
static unsigned sections_freed, sections_kept;

int cfg_free_value(cfg_opt_t *opt)
{
	static int (*next)(cfg_opt_t *);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "cfg_free_value");
	if (opt->type == CFGT_SEC && opt->nvalues) {
		sections_freed++;
		if (opt->nvalues > sections_kept)
			sections_kept = opt->nvalues;
	}
	return next(opt);
}

static const struct uh_table_route *find(const char *address, uint16_t port,
					 enum uh_protocol protocol)
{
	/* Every condition on programs is true. */
	const struct uh_self self = {.matches_programs = (const unsigned char *)"\xff",
				     .effective_user = geteuid};
	struct uh_endpoint to = {.port = port};

	assert_true(uh_address_parse(address, &to.address));
	return uh_table_find(table, &to, protocol, &self);
}

static void test_settings(void **state)
{
	(void)state;
	taken("route 203.0.113.1 { to = direct }", 1);
	assert_int_equal(uh_table_settings(table)->log_level, UH_LOG_WARNING);
	assert_int_equal(uh_table_settings(table)->backlog_wait_ms, 1000);
	assert_int_equal(uh_table_settings(table)->backlog_wait_nonblocking_ms, 0);
	assert_int_equal(uh_table_settings(table)->retry_after_ms, 100);
	assert_int_equal(uh_table_settings(table)->retry_limit_ms, 5000);
	assert_string_equal(uh_table_text(table, uh_table_settings(table)->log_to), "journal");
	taken("log = debug log_to = \"/var/log/x\" backlog_wait = 2s backlog_wait_nonblocking "
	      "= 30ms",
	      0);
	assert_int_equal(uh_table_settings(table)->log_level, UH_LOG_DEBUG);
	assert_int_equal(uh_table_settings(table)->backlog_wait_ms, 2000);
	assert_int_equal(uh_table_settings(table)->backlog_wait_nonblocking_ms, 30);
	assert_string_equal(uh_table_text(table, uh_table_settings(table)->log_to),
			    "/var/log/x");
	assert_string_equal(uh_table_text(table, uh_table_settings(table)->publics), "");
	taken("public = {203.0.113.1, \"2001:DB8::1\"} public = ::ffff:203.0.113.2", 0);
	assert_string_equal(uh_table_text(table, uh_table_settings(table)->publics),
			    "203.0.113.1 2001:db8::1 203.0.113.2");
	refused("public = {203.0.113.1,\n\"203.0.113.2 \"}",
		"main.conf:2: bad address \"203.0.113.2 \" in public; expected an IPv4 or IPv6 "
		"address\n");
	taken("log = off log_to = stderr backlog_wait = 0 retry_after = 0 retry_limit = 1s", 0);
	assert_int_equal(uh_table_settings(table)->backlog_wait_ms, 0);
	assert_int_equal(uh_table_settings(table)->retry_after_ms, 0);
	assert_int_equal(uh_table_settings(table)->retry_limit_ms, 1000);
}

static void test_log_limit_and_stats(void **state)
{
	(void)state;
	taken("route 203.0.113.1 { to = direct }", 1);
	assert_int_equal(uh_table_settings(table)->log_limit, UH_LOG_LIMIT);
	assert_int_equal(uh_table_settings(table)->stats, 1);
	taken("log_limit = 0 stats = off", 0);
	assert_int_equal(uh_table_settings(table)->log_limit, 0);
	assert_int_equal(uh_table_settings(table)->stats, 0);
	taken("log_limit = \"1000\" stats = on", 0);
	assert_int_equal(uh_table_settings(table)->log_limit, 1000);
	assert_int_equal(uh_table_settings(table)->stats, 1);
	refused(
	    "log_limit = -1\nstats = yes\nlog_limit = 1",
	    "main.conf:1: bad log_limit \"-1\"; expected a number of lines, or 0 for no limit\n"
	    "main.conf:2: unknown stats \"yes\" (did you mean \"on\"?); expected on or off\n"
	    "main.conf:3: \"log_limit\" is given twice, also at main.conf:1; expected once\n");
	refused(
	    "log_limit = 3000000000",
	    "main.conf:1: bad log_limit \"3000000000\"; expected a number of lines, or 0 for "
	    "no limit\n");
}

/* Records the time limit, which is passed on before the rest of the text is read. */
static void note_limit(void *context, uint32_t milliseconds)
{
	*(uint32_t *)context = milliseconds;
}

static void test_limit_and_cache_of_the_compiler(void **state)
{
	struct uh_parse_request request = {.limit = note_limit};
	uint32_t told = 77;

	(void)state;
	taken("route 203.0.113.1 { to = direct }", 1);
	assert_int_equal(uh_table_settings(table)->compile_limit_ms, UH_COMPILE_LIMIT);
	assert_int_equal(uh_table_settings(table)->write_cache, 0);
	taken("compile_limit = 0 write_cache = on", 0);
	assert_int_equal(uh_table_settings(table)->compile_limit_ms, 0);
	assert_int_equal(uh_table_settings(table)->write_cache, 1);
	refused(
	    "compile_limit = 1\nwrite_cache = yes",
	    "main.conf:1: bad compile_limit \"1\"; expected a time like \"500ms\" or \"2s\", "
	    "at most 2147483s\n"
	    "main.conf:2: unknown write_cache \"yes\" (did you mean \"on\"?); expected on or "
	    "off\n");
	write_conf("main.conf", "compile_limit = 5s");
	request.file = path_of("main.conf");
	request.context = &told;
	parse_request(request);
	assert_int_equal(told, 5000);
}

static void test_bad_settings(void **state)
{
	(void)state;
	refused(
	    "log = loud\nlog_to = x\nbacklog_wait = 5\nbacklog_wait_nonblocking = -1s",
	    "main.conf:1: unknown log level \"loud\"; expected off, error, warning, info or "
	    "debug\n"
	    "main.conf:2: unknown log_to \"x\"; expected journal, stderr or an absolute path\n"
	    "main.conf:3: bad backlog_wait \"5\"; expected a time like \"500ms\" or \"2s\", "
	    "at most 2147483s\n"
	    "main.conf:4: bad backlog_wait_nonblocking \"-1s\"; expected a time like \"500ms\" "
	    "or "
	    "\"2s\", at most 2147483s\n");
	refused("backlog_wait = 2147484s", "main.conf:1: bad backlog_wait \"2147484s\"; "
					   "expected a time like \"500ms\" or \"2s\", "
					   "at most 2147483s\n");
	refused("backlog_wait = \"\"",
		"main.conf:1: bad backlog_wait \"\"; expected a time like \"500ms\" or \"2s\", "
		"at most 2147483s\n");
}

static void test_route(void **state)
{
	const struct uh_table_route *route;

	(void)state;
	taken("# first\nroute \"203.0.113.0/24:80-90\" {\n"
	      "to = {\"unix:/a\", # one\n \"[2001:db8::1]:5\"}\nto += 192.0.2.3\n"
	      "protocol = any on_failure = refuse\n"
	      "programs = {curl, '!wget'} programs += '/usr/*'\n"
	      "users = {root, 12, '!daemon'}\n}",
	      1);
	route = find("203.0.113.77", 85, UH_UDP);
	assert_non_null(route);
	assert_int_equal(route->targets, 3);
	assert_int_equal(uh_table_target(table, route, 0)->kind, UH_TARGET_UNIX);
	assert_int_equal(uh_table_target(table, route, 1)->port, 5);
	assert_int_equal(uh_table_target(table, route, 2)->kind, UH_TARGET_IP);
	assert_int_equal(route->on_failure, UH_REFUSE);
	assert_int_equal(route->user_count, 3);
	assert_int_equal(uh_table_conditions(table), 1);
	assert_int_equal(route->line, 2);
	assert_string_equal(uh_table_text(table, route->file), path_of("main.conf"));
	assert_string_equal(uh_table_text(table, route->text), "203.0.113.0/24:80-90");
}

static void test_terms_of_a_unix_target(void **state)
{
	const struct uh_table_route *route;

	(void)state;
	taken("route 203.0.113.1 { to = {192.0.2.1, \"unix:/a\"} peer_user = {7, root, 7} }\n"
	      "route 203.0.113.2 { to = \"unix:/a\" proxy_protocol = v2 users = 7 }\n"
	      "route 203.0.113.3 { to = \"unix:/a\" proxy_protocol = v1 }\n"
	      "route 203.0.113.4 { to = 192.0.2.1 proxy_protocol = off }",
	      4);
	route = find("203.0.113.1", 1, UH_TCP);
	assert_int_equal(route->user_count, 0);
	assert_int_equal(route->peer_count, 2);
	assert_int_equal(uh_table_peers(table, route)[0].id, 0);
	assert_int_equal(uh_table_peers(table, route)[1].id, 7);
	assert_int_equal(route->proxy_protocol, UH_PROXY_OFF);
	assert_int_equal(find("203.0.113.3", 1, UH_TCP)->proxy_protocol, UH_PROXY_V1);
	assert_int_equal(find("203.0.113.3", 1, UH_TCP)->peer_count, 0);
}

static void test_bad_terms(void **state)
{
	(void)state;
	refused("route 203.0.113.1 { to = {\"unix:/a\", 192.0.2.1}\nproxy_protocol = v2 }\n"
		"route 203.0.113.2 { to = direct proxy_protocol = v1 }\n"
		"route 203.0.113.3 { to = 192.0.2.1 peer_user = root }\n"
		"route 203.0.113.4 { to = \"unix:/a\" peer_user = '!root' }\n"
		"route 203.0.113.5 { to = \"unix:/a\" peer_user = 'no such user' }\n"
		"route 203.0.113.6 { to = \"unix:/a\" proxy_protocol = v3 }\n",
		"main.conf:1: proxy_protocol with a target that is not a Unix socket; expected "
		"Unix targets alone, because a non-blocking TCP connection cannot carry the "
		"header\n"
		"main.conf:3: proxy_protocol with a target that is not a Unix socket; expected "
		"Unix targets alone, because a non-blocking TCP connection cannot carry the "
		"header\n"
		"main.conf:4: peer_user without a Unix target; expected a Unix target, because "
		"only a Unix socket tells who runs it\n"
		"main.conf:5: peer_user \"!root\" excludes a user; expected the users that may "
		"run the target, without \"!\"\n"
		"main.conf:6: unknown user \"no such user\"; expected a name in /etc/passwd or "
		"a numeric id\n"
		"main.conf:7: unknown proxy_protocol \"v3\" (did you mean \"v1\"?); expected "
		"off, v1 or v2\n");
}

/* The options of a route do not affect the next route. */
static void test_defaults_come_back(void **state)
{
	const struct uh_table_route *route;

	(void)state;
	taken("route 203.0.113.0 { to = \"unix:/a\" peer_user = 7 proxy_protocol = v2 }\n"
	      "route 203.0.113.1 { to = 192.0.2.1 protocol = udp on_failure = refuse programs "
	      "= x users = 7 }\n"
	      "route 203.0.113.2 { to = 192.0.2.2 }",
	      3);
	route = find("203.0.113.2", 1, UH_TCP);
	assert_non_null(route);
	assert_int_equal(route->targets, 1);
	assert_int_equal(route->protocol, UH_TCP);
	assert_int_equal(route->on_failure, UH_ORIGINAL);
	assert_int_equal(route->user_count, 0);
	assert_int_equal(route->programs, UH_NONE);
	assert_int_equal(route->peer_count, 0);
	assert_int_equal(route->proxy_protocol, UH_PROXY_OFF);
}

static void test_bad_options(void **state)
{
	(void)state;
	refused("route 203.0.113.1 {\nto = direct\nprotocol = sctp\n}\n"
		"route 203.0.113.2 {\nto = direct\non_failure = cry\n}\n"
		"route 203.0.113.3 {\nto = direct\nprograms = {a,\n\"\", '!'}\n}\n"
		"route 203.0.113.4 {\n}\n"
		"route 203.0.113.5 { to = {} }\n"
		"route 203.0.113.6 { to = \"unix:/a\" protocol = udp }\n",
		"main.conf:3: unknown protocol \"sctp\"; expected tcp, udp or any\n"
		"main.conf:7: unknown on_failure \"cry\"; expected original or refuse\n"
		"main.conf:12: empty program \"\"; expected a name or path, or a glob\n"
		"main.conf:12: empty program \"!\"; expected a name or path, or a glob\n"
		"main.conf:14: route without a target; expected to = \"TARGET\"\n"
		"main.conf:16: route without a target; expected to = \"TARGET\"\n"
		"main.conf:17: udp cannot go to a Unix socket; expected IP targets or protocol "
		"= tcp\n");
}

static void test_bad_users(void **state)
{
	(void)state;
	refused(
	    "route 203.0.113.1 {\nto = direct\nusers = {root,\n'!no such user', '',\n"
	    "4294967295, 99999999999999999999, 4294967294}\n}\n",
	    "main.conf:4: unknown user \"no such user\"; expected a name in /etc/passwd or a "
	    "numeric id\n"
	    "main.conf:4: unknown user \"\"; expected a name in /etc/passwd or a numeric id\n"
	    "main.conf:5: user id 4294967295 is out of range; expected 0 to 4294967294\n"
	    "main.conf:5: user id 99999999999999999999 is out of range; expected 0 to "
	    "4294967294\n");
}

/* Compares the places in the report, without the sentences. */
static void expect_places(const char *expected)
{
	char places[1024] = "";

	for (char *line = strtok(faults.text, "\n"); line; line = strtok(NULL, "\n"))
		strncat(strcat(places, places[0] ? " " : ""), line, strcspn(line, " ") - 1);
	assert_string_equal(places, expected);
}

static void test_bad_addresses_and_targets(void **state)
{
	(void)state;
	parse("route 203.0.113.1:65536 { to = direct }\n"
	      "route 203.0.113.1/24 { to = direct }\n"
	      "route banana? { to = direct }\n"
	      "route 203.0.113.1 {\n to = {banana,\n 192.0.2.1:0x1, \"unix:\"}\n}\n"
	      "route 203.0.113.300 {\n to = banana }\n");
	assert_null(image);
	expect_places("main.conf:1 main.conf:2 main.conf:3 main.conf:5 main.conf:6 main.conf:6 "
		      "main.conf:9 main.conf:8");
}

static void test_long_path(void **state)
{
	char text[256] = "route 203.0.113.1 { to = \"unix:/";
	size_t length = strlen(text);

	(void)state;
	memset(text + length, 'x', UH_PATH_MAX - 1);
	strcpy(text + length + UH_PATH_MAX - 1, "\" }");
	taken(text, 1);
	strcpy(text + length + UH_PATH_MAX - 1, "y\" }");
	parse(text);
	assert_null(image);
	expect_places("main.conf:1");
}

static void test_duplicates_name_both_places(void **state)
{
	(void)state;
	parse(
	    "route 203.0.113.1:1 { to = direct }\n\nroute 203.0.113.1:1 { to = 192.0.2.1 }\n");
	assert_null(image);
	assert_non_null(strstr(faults.text, "main.conf:1"));
	assert_non_null(strstr(faults.text, "main.conf:3"));
}

static void test_loops_are_reported_beside_other_faults(void **state)
{
	(void)state;
	parse("route 203.0.113.1:1 { to = 203.0.113.2:2 }\nroute 203.0.113.2:2 { to = "
	      "203.0.113.1:1 }\n"
	      "log = x\n");
	assert_null(image);
	assert_non_null(strstr(faults.text, "main.conf:3: "));
	assert_non_null(strstr(faults.text, "main.conf:1: "));
}

/* All faults before a syntax error are reported, and other files are read anyway. */
static void test_all_faults_of_all_files_at_once(void **state)
{
	(void)state;
	write_conf("b.conf", "route 203.0.113.2 { to = x }\nlog = \"\n");
	write_conf("c.conf", "x = y\n");
	parse("include(@/b.conf, @/c.conf)\nroute 203.0.113.1 {\nbanana = 1\nto = x }\nlog "
	      "3\nlog_to = x");
	assert_null(image);
	expect_places("main.conf:3 main.conf:5 main.conf:4 b.conf:2 b.conf:1 c.conf:1");
}

/* A fault of an option is not reported again for the whole route. */
static void test_one_fault_is_reported_once(void **state)
{
	(void)state;
	refused("route 203.0.113.1 { to = unix:/a* }",
		"main.conf:1: unix:/a* without quotes; expected \"unix:/a*\"\n");
	parse("route 203.0.113.1 { to = banana }");
	expect_places("main.conf:1");
}

static void test_what_libconfuse_itself_refuses(void **state)
{
	(void)state;
	refused("log_to = \"/a\\777\"", "main.conf:1: invalid octal number '\\777'\n");
	refused("\nlog_to = \"/a\\9\"", "main.conf:2: bad escape sequence '\\9'\n");
	taken("log_to = \"/\\141\\x62\\\"\"", 0);
	assert_string_equal(uh_table_text(table, uh_table_settings(table)->log_to), "/ab\"");
}

/* Escapes that would change a path. */
static void test_unknown_escapes(void **state)
{
	static const struct {
		const char *text;
		char escape;
	} texts[] = {{"/caf\\u00e9", 'u'}, {"/\\d", 'd'},    {"/\\xZZ", 'x'}, {"/\\x", 'x'},
		     {"/a\\U0041", 'U'},   {"/\\Q\\d", 'Q'}, {"/a\\s", 's'}};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char text[128], expected[128];

		snprintf(text, sizeof(text), "\nlog_to = \"%s\"", texts[i].text);
		snprintf(expected, sizeof(expected),
			 "main.conf:2: unknown escape \"\\%c\" in a text; expected an escape "
			 "of C, or \"\\\\\" for a backslash\n",
			 texts[i].escape);
		refused(text, expected);
	}
	taken("log_to = \"/\\a\\b\\e\\f\\n\\r\\t\\v\\\\\\\"\\'\\ \\x4a\\101\\-\\\nz\"", 0);
	assert_string_equal(uh_table_text(table, uh_table_settings(table)->log_to),
			    "/\a\b\033\f\n\r\t\v\\\"' JA-z");
	taken("log_to = '/\\d\\u'", 0);
}

static void test_bytes_that_are_not_ascii(void **state)
{
	(void)state;
	refused("route\xc2\xa0\"203.0.113.1\" { to = direct }",
		"main.conf:1: byte 6 of \"route\xc2\xa0\" (0xc2) is not ASCII; expected plain "
		"quotes "
		"and blanks, and a name in its ASCII form (xn--…)\n");
	refused("route 203.0.113.1 \xe2\x80\x8b{ to = direct }",
		"main.conf:1: byte 1 of \"\xe2\x80\x8b\" (0xe2) is not ASCII; expected plain "
		"quotes "
		"and blanks, and a name in its ASCII form (xn--…)\n");
	refused("route \xe2\x80\x9c"
		"203.0.113.1\xe2\x80\x9d { to = direct }",
		"main.conf:1: byte 1 of \"\xe2\x80\x9c"
		"203.0.113.1\xe2\x80\x9d\" (0xe2) is not ASCII; expected plain quotes and "
		"blanks, and "
		"a name in its ASCII form (xn--…)\n");
	taken("route 203.0.113.1 { to = unix:/caf\xc3\xa9 }", 1);
}

static void test_no_control_bytes_in_reports(void **state)
{
	(void)state;
	refused("log = \"\\n\\e[1m\"",
		"main.conf:1: unknown log level \"??[1m\"; expected off, error, "
		"warning, info or debug\n");
}

static void test_inline_routes_override_files(void **state)
{
	struct uh_parse_request request = {.inline_routes =
					       "203.0.113.1:1=192.0.2.2 203.0.113.3=direct"};
	const struct uh_table_route *route;

	(void)state;
	write_conf("main.conf",
		   "route 203.0.113.1:1 { to = 192.0.2.1 }\nroute 203.0.113.2 { to = direct }");
	request.file = path_of("main.conf");
	parse_request(request);
	assert_string_equal(faults.text, "");
	assert_int_equal(uh_table_routes(table), 3);
	route = find("203.0.113.1", 1, UH_TCP);
	assert_string_equal(uh_table_text(table, route->file), "UNHAIRPIN_ROUTES");
}

static void test_the_example(void **state)
{
	struct uh_parse_request request = {.file = "conf/unhairpin.conf"};

	(void)state;
	parse_request(request);
	assert_string_equal(faults.text, "");
	assert_int_equal(uh_table_routes(table), 11);
}

static void write_routes(unsigned count)
{
	FILE *file = create("main.conf");

	for (unsigned i = 0; i < count; i++)
		fprintf(file, "route \"10.%u.%u.%u:443\" { to = \"unix:/run/%u.sock\" }\n",
			i >> 16, i >> 8 & 255, i & 255, i);
	fclose(file);
}

/*
 * libconfuse takes quadratic time in the sections that it keeps. The test counts sections,
 * because it cannot rely on time.
 */
static void test_sections_are_not_kept(void **state)
{
	clock_t begin;

	(void)state;
	write_routes(10000);
	sections_freed = sections_kept = 0;
	begin = clock();
	parse_request((struct uh_parse_request){.file = path_of("main.conf")});
	printf("10000 routes: %.0f ms of CPU\n",
	       (double)(clock() - begin) * 1000 / CLOCKS_PER_SEC);
	assert_string_equal(faults.text, "");
	assert_int_equal(uh_table_routes(table), 10000);
	assert_int_equal(sections_freed, 10000);
	assert_int_equal(sections_kept, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_DIR(test_settings),
	    IN_DIR(test_log_limit_and_stats),
	    IN_DIR(test_limit_and_cache_of_the_compiler),
	    IN_DIR(test_bad_settings),
	    IN_DIR(test_route),
	    IN_DIR(test_terms_of_a_unix_target),
	    IN_DIR(test_bad_terms),
	    IN_DIR(test_defaults_come_back),
	    IN_DIR(test_bad_options),
	    IN_DIR(test_bad_users),
	    IN_DIR(test_bad_addresses_and_targets),
	    IN_DIR(test_long_path),
	    IN_DIR(test_duplicates_name_both_places),
	    IN_DIR(test_loops_are_reported_beside_other_faults),
	    IN_DIR(test_all_faults_of_all_files_at_once),
	    IN_DIR(test_one_fault_is_reported_once),
	    IN_DIR(test_what_libconfuse_itself_refuses),
	    IN_DIR(test_unknown_escapes),
	    IN_DIR(test_bytes_that_are_not_ascii),
	    IN_DIR(test_no_control_bytes_in_reports),
	    IN_DIR(test_inline_routes_override_files),
	    IN_DIR(test_the_example),
	    IN_DIR(test_sections_are_not_kept),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
