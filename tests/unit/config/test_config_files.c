/* SPDX-License-Identifier: MIT */
/* test_config_files.c: finds and reads files, by include() as well, and refuses others. */
#include "confdir.h"

static void write_bytes(const char *name, const char *text, size_t length)
{
	FILE *file = create(name);

	assert_int_equal(fwrite(text, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static void refused_file(struct uh_parse_request request, const char *expected)
{
	request.file = path_of("main.conf");
	parse_request(request);
	assert_string_equal(faults.text, expected);
	assert_null(image);
}

static void test_missing(void **state)
{
	struct uh_parse_request request = {.optional = true,
					   .inline_routes = "203.0.113.1=192.0.2.1"};

	(void)state;
	refused_file((struct uh_parse_request){0},
		     "main.conf: cannot be opened: No such file or directory; "
		     "expected a readable configuration\n");
	request.file = path_of("main.conf");
	parse_request(request);
	assert_string_equal(faults.text, "");
	assert_int_equal(uh_table_routes(table), 1);
	parse_request(
	    (struct uh_parse_request){.optional = true, .file = path_of("main.conf")});
	assert_int_equal(uh_table_routes(table), 0);
}

static void test_no_regular_file(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path_of("main.conf"), 0700), 0);
	refused_file((struct uh_parse_request){0},
		     "main.conf: is a directory; expected a regular file\n");
	assert_int_equal(rmdir(path_of("main.conf")), 0);
	assert_int_equal(mkfifo(path_of("main.conf"), 0700), 0);
	refused_file((struct uh_parse_request){0},
		     "main.conf: is not a regular file; expected one\n");
}

static void test_empty(void **state)
{
	struct uh_parse_request request = {.inline_routes = "203.0.113.1=192.0.2.1"};

	(void)state;
	refused("", "main.conf: no routes; expected at least one route section\n");
	refused("# c\n /* d */\n",
		"main.conf: no routes; expected at least one route section\n");
	request.file = path_of("main.conf");
	parse_request(request);
	assert_string_equal(faults.text, "");
	assert_int_equal(uh_table_routes(table), 1);
	taken("log = off", 0);
}

static void test_size(void **state)
{
	char *text = malloc(10 << 20);

	(void)state;
	assert_non_null(text);
	memset(text, '\n', 10 << 20);
	write_bytes("main.conf", text, 10 << 20);
	refused_file((struct uh_parse_request){0},
		     "main.conf: is 10485760 bytes long; expected less than 10 MiB\n");
	memcpy(text + (10 << 20) - 10, "log = off", 9);
	write_bytes("main.conf", text, (10 << 20) - 1);
	parse_request((struct uh_parse_request){.file = path_of("main.conf")});
	assert_string_equal(faults.text, "");
	free(text);
}

static void test_binary(void **state)
{
	(void)state;
	write_bytes("main.conf",
		    "\n\x7f"
		    "ELF\2\1\1\0",
		    9);
	refused_file((struct uh_parse_request){0},
		     "main.conf:2: binary data (byte 0x7f); expected text\n");
}

static void test_owner(void **state)
{
	const struct uh_parse_request checked = {.check_owner = true};
	const struct uh_parse_request secure = {.check_owner = true, .secure = true};

	(void)state;
	write_conf("main.conf", "log = off");
	assert_int_equal(chmod(path_of("main.conf"), 0664), 0);
	refused_file(checked, "main.conf: is writable by others (mode 664); expected write "
			      "permission for its owner alone\n");
	assert_int_equal(chmod(path_of("main.conf"), 0646), 0);
	refused_file(checked, "main.conf: is writable by others (mode 646); expected write "
			      "permission for its owner alone\n");
	parse("log = off");
	assert_non_null(image);
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(path_of("main.conf"), 0644), 0);
	assert_int_equal(chown(path_of("main.conf"), 1, 1), 0);
	refused_file(checked,
		     "main.conf: is owned by user 1; expected root or the user that runs "
		     "the program\n");
	refused_file(secure, "main.conf: is owned by user 1; expected root\n");
	assert_int_equal(seteuid(1), 0);
	parse_request(
	    (struct uh_parse_request){.file = path_of("main.conf"), .check_owner = true});
	assert_int_equal(seteuid(0), 0);
	assert_string_equal(faults.text, "main.conf: cannot be opened: Permission denied; "
					 "expected a readable configuration\n");
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(seteuid(1), 0);
	parse_request(
	    (struct uh_parse_request){.file = path_of("main.conf"), .check_owner = true});
	assert_non_null(image);
	refused_file(secure, "main.conf: is owned by user 1; expected root\n");
	assert_int_equal(seteuid(0), 0);
}

/* More files than libconfuse's own include() can nest, in the order of their names. */
static void test_globs(void **state)
{
	char name[32], text[64], expected[2048] = "";

	(void)state;
	assert_int_equal(mkdir(path_of("d"), 0700), 0);
	for (int i = 30; i-- > 0;) {
		snprintf(name, sizeof(name), "d/%02d.conf", i);
		snprintf(text, sizeof(text), "route 203.0.113.%d { to = direct }", i);
		write_conf(name, text);
	}
	write_conf("d/no", "this is not read");
	taken("include(\"@/d/*.conf\", \"@/d/*.none\", \"@/nowhere/*\")", 30);
	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "d/%02d.conf", i);
		write_conf(name, "\nx = y");
		snprintf(text, sizeof(text), "%s:2: unknown option", name);
		strcat(strcat(expected, text), "\n");
	}
	parse("include('@/d/[0-9]?.conf')");
	for (char *at = faults.text, *want = strtok(expected, "\n"); want;
	     want = strtok(NULL, "\n")) {
		at = strstr(at, want);
		assert_non_null(at);
	}
}

/* The routes of substitutes come in the order of the paths, and have the shown names. */
static void test_substitutes(void **state)
{
	char first[128], second[128], unused[128], draft[128];
	struct uh_substitute substitutes[] = {{first, draft, "first", false},
					      {second, draft, "second", false},
					      {unused, draft, "unused", false},
					      {.path = NULL}};
	struct uh_parse_request request = {.check_owner = true, .substitutes = substitutes};

	(void)state;
	snprintf(draft, sizeof(draft), "%s", path_of("draft"));
	snprintf(first, sizeof(first), "%s", path_of("d/10.conf"));
	snprintf(second, sizeof(second), "%s", path_of("d/30.conf"));
	snprintf(unused, sizeof(unused), "%s", path_of("d/30.off"));
	assert_int_equal(mkdir(path_of("d"), 0700), 0);
	write_conf("main.conf", "include(\"@/d/*.conf\")");
	write_conf("d/20.conf", "x = y");
	write_conf("d/30.conf", "this is not read");
	write_conf("draft", "\ny = z");
	assert_int_equal(chmod(path_of("draft"), 0666), 0);
	request.file = path_of("main.conf");
	parse_request(request);
	assert_non_null(strstr(faults.text, "first:2: unknown option \"y\""));
	assert_non_null(strstr(faults.text, "d/20.conf:1: unknown option \"x\""));
	assert_true(strstr(faults.text, "first") < strstr(faults.text, "d/20.conf"));
	assert_true(substitutes[0].used && substitutes[1].used && !substitutes[2].used);
}

static void note_place(void *context, const char *name, const char *file, unsigned line)
{
	char text[128];

	faults_append(context, name);
	snprintf(text, sizeof(text), ":%u ", line);
	faults_append(context, strrchr(file, '/'));
	faults_append(context, text);
}

static void test_places_of_settings(void **state)
{
	struct faults places;
	struct uh_parse_request request = {.setting = note_place, .context = &places};

	(void)state;
	faults_begin(&places, NULL);
	write_conf("main.conf", "log = off\ninclude(\"@/b.conf\")\npublic = {::1, 192.0.2.1}");
	write_conf("b.conf", "\nroute 203.0.113.1 { to = direct }\nstats = off");
	request.file = path_of("main.conf");
	parse_request(request);
	assert_string_equal(places.text, "log/main.conf:1 public/main.conf:3 "
					 "public/main.conf:3 stats/b.conf:3 ");
}

static void test_included_files(void **state)
{
	(void)state;
	write_conf("empty.conf", "# nothing\n");
	taken("include(@/empty.conf)", 0);
	refused("\ninclude(\"b.conf\", '~/c', \"\")",
		"main.conf:2: include of \"b.conf\"; expected an absolute path\n"
		"main.conf:2: include of \"~/c\"; expected an absolute path\n"
		"main.conf:2: include of \"\"; expected an absolute path\n");
	refused("\ninclude(\"@/none.conf\")\n",
		"main.conf:2: none.conf: cannot be opened: No such file or directory; "
		"expected a readable configuration\n");
	assert_int_equal(mkdir(path_of("d.conf"), 0700), 0);
	refused("include(\"@/d*\")",
		"main.conf:1: d.conf: is a directory; expected a regular file\n");
}

/* File a includes b, b includes a and itself under another name: each is read once. */
static void test_cycles(void **state)
{
	char other[64];

	(void)state;
	write_conf("b.conf",
		   "include('@/*.conf', '@//b.conf') route 203.0.113.2 { to = direct }");
	assert_int_equal(symlink("b.conf", path_of("c.conf")), 0);
	snprintf(other, sizeof(other), "%sd.conf", dir);
	assert_int_equal(link(path_of("b.conf"), other), 0);
	taken(
	    "include('@/main.conf', '@/b.conf', '@/c.conf') route 203.0.113.1 { to = direct }",
	    2);
}

static void test_settings_twice(void **state)
{
	(void)state;
	write_conf("b.conf", "\nlog = off");
	refused(
	    "log = off\ninclude(@/b.conf)\nbacklog_wait = 1s\nbacklog_wait = 1s\n",
	    "main.conf:4: \"backlog_wait\" is given twice, also at main.conf:3; expected once\n"
	    "b.conf:2: \"log\" is given twice, also at main.conf:1; expected once\n");
}

/* Descriptors 0 to 2 are not used, even if they are closed. */
static void test_descriptors(void **state)
{
	int before, after, saved = dup(0);

	(void)state;
	assert_true(saved > 2);
	close(0);
	taken("route 203.0.113.1 { to = direct users = daemon }", 1);
	before = dup(saved);
	assert_int_equal(before, 0);
	after = dup(saved);
	assert_int_equal(after, saved + 1);
	close(after);
	close(saved);
}

static unsigned long state_of_random = 1;
static unsigned any(unsigned limit)
{
	state_of_random = state_of_random * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned)(state_of_random >> 33) % limit;
}

/* Changes, removes or doubles some bytes. text has room for twice its length. */
static size_t mutate(char *text, size_t length)
{
	static const char marks[] = "{}()=+,\"'#/*\\$!\n \0\x80";

	for (unsigned i = any(6) + 1; i > 0; i--) {
		size_t at = any((unsigned)length), some = any((unsigned)(length - at)) % 40;

		switch (any(4)) {
		case 0:
			text[at] = marks[any(sizeof(marks))];
			break;
		case 1:
			text[at] = (char)any(256);
			break;
		case 2:
			memmove(text + at, text + at + some, length - at - some);
			length -= some;
			break;
		default:
			memmove(text + at + some, text + at, length - at);
			length += some;
		}
	}
	return length;
}

static size_t read_example(char *text, size_t limit)
{
	FILE *file = fopen("conf/unhairpin.conf", "r");
	size_t length;

	assert_non_null(file);
	length = fread(text, 1, limit, file);
	fclose(file);
	assert_in_range(length, 1, limit - 1);
	return length;
}

/* Any bytes give a table, or faults that say why not. */
static void test_mutations(void **state)
{
	static char example[8192], text[2 * sizeof(example)];
	size_t length = read_example(example, sizeof(example));
	unsigned good = 0;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		memcpy(text, example, length);
		write_bytes("main.conf", text, mutate(text, length));
		parse_request((struct uh_parse_request){.file = path_of("main.conf")});
		assert_true(image || faults.length > 0);
		good += image != NULL;
	}
	assert_in_range(good, 1, 2999);
}

static void test_noise(void **state)
{
	static const char tokens[][12] = {"route", " ",	      "\"a\"",	     "{",     "}", "=",
					  "+=",	   "to",      "\n",	     ",",     "(", ")",
					  "log",   "include", "203.0.113.1", "users", "'"};
	char text[1024];

	(void)state;
	for (int i = 0; i < 3000; i++) {
		text[0] = '\0';
		for (unsigned words = any(60); words > 0; words--)
			strcat(text, tokens[any(sizeof(tokens) / sizeof(*tokens))]);
		write_bytes("main.conf", text, strlen(text));
		parse_request((struct uh_parse_request){.file = path_of("main.conf")});
		assert_true(image || faults.length > 0);
	}
}

static void test_override(void **state)
{
	(void)state;
	write_conf("a.conf", "route 203.0.113.1 { to = 192.0.2.1 protocol = any }");
	write_conf("b.conf", "route 203.0.113.1 { to = direct override = yes }");
	taken("include(\"@/a.conf\") include(\"@/b.conf\")", 2);
	write_conf("b.conf", "route 203.0.113.1 { to = direct override = yes protocol = any }");
	taken("include(\"@/a.conf\") include(\"@/b.conf\")", 1);
	assert_string_equal(uh_table_text(table, uh_table_route(table, 0)->file),
			    path_of("b.conf"));
	refused("include(\"@/b.conf\") include(\"@/a.conf\")",
		"warning: b.conf:1: route \"203.0.113.1\" with override replaces nothing; "
		"expected a route for the same thing in a file that is read earlier\n"
		"a.conf:1: route \"203.0.113.1\" is already given at b.conf:1; expected one "
		"route for the same address, ports, protocol, programs and users\n");
	refused("include(\"@/a.conf\") include(\"@/b.conf\") include(\"@/c.conf\")",
		"main.conf:1: c.conf: cannot be opened: No such file or directory; expected a "
		"readable configuration\n");
	write_conf("c.conf", "route 203.0.113.1 { to = direct override = yes }");
	refused("include(\"@/a.conf\") include(\"@/b.conf\") include(\"@/c.conf\")",
		"c.conf:1: route \"203.0.113.1\" is already given at b.conf:1; expected one "
		"route for the same address, ports, protocol, programs and users\n");
	refused("route 203.0.113.1 { to = direct }\n"
		"route 203.0.113.1 { to = refuse override = yes }",
		"main.conf:2: route \"203.0.113.1\" is already given at main.conf:1; expected "
		"one route for the same address, ports, protocol, programs and users\n");
	write_conf("b.conf", "route 203.0.113.1 { to = direct }");
	refused(
	    "include(\"@/a.conf\") include(\"@/b.conf\")",
	    "b.conf:1: route \"203.0.113.1\" is already given at a.conf:1; expected one "
	    "route for the same address, ports, protocol, programs and users, or override = "
	    "yes here\n");
}

/* A disabled route is checked alone, and is never a second one. */
static void test_disabled(void **state)
{
	(void)state;
	taken("route 203.0.113.1 { to = 192.0.2.1 }\n"
	      "route 203.0.113.1 { to = 192.0.2.2 enabled = off }\n"
	      "route 203.0.113.2 { to = 203.0.113.1 enabled = no }",
	      1);
	refused(
	    "route 203.0.113.1 { to = 192.0.2.1 }\n"
	    "route 203.0.113.2 { to = \"unix:/a\" protocol = udp enabled = off }\n"
	    "route 203.0.113.3 { to = {direct, refuse} enabled = off }\n"
	    "route 203.0.113.4 { to = direct enabled = of }",
	    "main.conf:2: udp cannot go to a Unix socket; expected IP targets or protocol = "
	    "tcp\n"
	    "main.conf:3: \"direct\" beside other targets; expected \"direct\" alone\n"
	    "main.conf:4: unknown enabled \"of\" (did you mean \"off\"?); expected on, "
	    "off, yes or no\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_DIR(test_missing),
	    IN_DIR(test_no_regular_file),
	    IN_DIR(test_empty),
	    IN_DIR(test_size),
	    IN_DIR(test_binary),
	    IN_DIR(test_owner),
	    IN_DIR(test_globs),
	    IN_DIR(test_included_files),
	    IN_DIR(test_cycles),
	    IN_DIR(test_settings_twice),
	    IN_DIR(test_descriptors),
	    IN_DIR(test_mutations),
	    IN_DIR(test_noise),
	    IN_DIR(test_substitutes),
	    IN_DIR(test_places_of_settings),
	    IN_DIR(test_override),
	    IN_DIR(test_disabled),
	};

	return cmocka_run_group_tests_name("config_files", tests, NULL, NULL);
}
