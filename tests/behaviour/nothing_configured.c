/* SPDX-License-Identifier: MIT */
/*
 * nothing_configured.c: without a good configuration every connection goes where it was asked
 * to, and the program hears nothing of it. (The runner fails a test that prints.)
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "harness.h"

/* The decoy is where the program asks to go; port 80 answers "hit" there, and 7999 nobody. */
static void goes_where_asked(void)
{
	struct uh_peer decoy = uh_public_port(1001), plain = uh_public_port(UH_PORT_PLAIN),
		       said;
	struct uh_peer nobody = uh_public_port(UH_PORT_NOBODY);
	int fd = uh_socket(0), other = uh_socket(SOCK_NONBLOCK), before;

	before = uh_count_descriptors();
	SAME(uh_try(fd, &decoy), 0);
	TEXT(uh_who(fd), "decoy");
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &decoy));
	FAILS(uh_try(uh_socket(0), &nobody), ECONNREFUSED);
	FAILS(connect(other, &plain.address, plain.length), EINPROGRESS);
	SAME(uh_finish(other), 0);
	uh_talk(other);
	SAME(uh_count_descriptors(), before + 1);
}

static void use_text(const char *text, size_t length)
{
	unlink(uh_path("other.conf")); /* an earlier test's owner and mode */
	uh_write_file("other.conf", text, length);
	setenv("UNHAIRPIN_CONF", uh_path("other.conf"), 1);
}

#define GOOD                                                                                   \
	"route \"203.0.113.1:1001\" { to = \"unix:@uh-hit\" }\n"                               \
	"route \"[2001:db8::1]:1001\" { to = \"unix:@uh-hit\" }\n"

static void good_file(void)
{
	use_text(GOOD, strlen(GOOD));
}

/* Reading the routes takes memory that there is not. */
static void no_memory(void)
{
	struct rlimit all, little;
	int fd = uh_socket(0);

	getrlimit(RLIMIT_AS, &all);
	little = all;
	little.rlim_cur = (rlim_t)uh_status("VmSize") * 1024;
	SAME(setrlimit(RLIMIT_AS, &little), 0);
	uh_connect_port(fd, 1001);
	TEXT(uh_who(fd), "decoy");
	SAME(setrlimit(RLIMIT_AS, &all), 0);
	uh_connect_port(uh_socket(0), 1001);
}

/* Each of these makes the whole configuration bad, though it has good routes, too. */
#define BROKEN(name, text)                                                                     \
	static void name(void)                                                                 \
	{                                                                                      \
		use_text(GOOD text, strlen(GOOD text));                                        \
	}

BROKEN(unknown_option, "colour = \"blue\"\n")
BROKEN(unknown_route_option, "route \"203.0.113.2\" { to = \"127.0.0.1\" colour = \"blue\" }\n")
BROKEN(bad_address, "route \"203.0.113.256\" { to = \"127.0.0.1\" }\n")
BROKEN(bad_port, "route \"203.0.113.2:65536\" { to = \"127.0.0.1\" }\n")
BROKEN(host_bits, "route \"203.0.113.2/24\" { to = \"127.0.0.1\" }\n")
BROKEN(duplicate, "route \"203.0.113.1:1001\" { to = \"127.0.0.1\" }\n")
BROKEN(loop, "route \"203.0.113.2:80\" { to = \"203.0.113.1:1001\" }\n")
BROKEN(unclosed, "route \"203.0.113.2\" { to = \"127.0.0.1\"\n")
BROKEN(unclosed_string, "route \"203.0.113.2 { to = 127.0.0.1 }\n")
BROKEN(long_path, "route \"203.0.113.2\" { to = \"unix:/"
		  "1234567890123456789012345678901234567890123456789012345678901234567890"
		  "123456789012345678901234567890123456789\" }\n")

static void no_file(void)
{
	setenv("UNHAIRPIN_CONF", uh_path("no.conf"), 1);
}

static void relative_path(void)
{
	if (chdir(uh_dir) == 0)
		setenv("UNHAIRPIN_CONF", "unhairpin.conf", 1);
}

static void directory(void)
{
	setenv("UNHAIRPIN_CONF", uh_dir, 1);
}

static void empty_file(void)
{
	use_text("", 0);
}

static void binary_file(void)
{
	char noise[65536];
	uint32_t state = 1;

	for (size_t i = 0; i < sizeof(noise); i++) {
		state = state * 1103515245 + 12345;
		noise[i] = (char)(state >> 16);
	}
	use_text(noise, sizeof(noise));
}

static void zeros(void)
{
	static const char none[4096];

	use_text(none, sizeof(none));
}

static void huge_file(void)
{
	size_t size = 10 << 20;
	char *text = malloc(size);

	for (size_t i = 0; text && i < size; i++)
		text[i] = "route { \"\n"[i % 10];
	if (text)
		use_text(text, size);
	free(text);
}

/* One that never ends must not be waited for. */
static void fifo(void)
{
	unlink(uh_path("fifo"));
	mkfifo(uh_path("fifo"), 0644);
	setenv("UNHAIRPIN_CONF", uh_path("fifo"), 1);
}

/* Others could have written it. */
static void writable_file(void)
{
	use_text(GOOD, strlen(GOOD));
	chmod(uh_path("other.conf"), 0666);
}

static void foreign_file(void)
{
	use_text(GOOD, strlen(GOOD));
	if (chown(uh_path("other.conf"), 4711, 4711) < 0)
		use_text("", 0);
}

static void switched_off(void)
{
	setenv("UNHAIRPIN", "off", 1);
}

static void no_configuration_at_all(void)
{
	unsetenv("UNHAIRPIN_CONF");
	setenv("UNHAIRPIN_ROUTES", "", 1);
}

static void bad_inline_routes(void)
{
	unsetenv("UNHAIRPIN_CONF");
	setenv("UNHAIRPIN_ROUTES", "203.0.113.1:1001=unix:@uh-hit 203.0.113.1:99999=127.0.0.1",
	       1);
}

/*
 * A compiler that is of no use. path: the one that the log has to name, below DIR if it is
 * relative; why: what it has to say besides.
 */
static void with_compiler(const char *script, const char *path, const char *why)
{
	char text[300];

	uh_use_compiler(script);
	good_file();
	snprintf(text, sizeof(text), "warning:%s", uh_path("log"));
	setenv("UNHAIRPIN_LOG", text, 1);
	unlink(uh_path("log"));
	setenv("UH_TEST_PATH", *path == '/' ? path : uh_path(path), 1);
	setenv("UH_TEST_WHY", why, 1);
}

#define OWN "own/unhairpin-compiler"
#define INSTALLED UH_LIBEXECDIR "/unhairpin-compiler"

#define USELESS(name, script, why)                                                             \
	static void name(void)                                                                 \
	{                                                                                      \
		with_compiler(script, OWN, why);                                               \
	}

USELESS(hangs, "exec sleep 60", "took longer than 1000 ms")
USELESS(hangs_without_descriptors, "exec 0<&- 1>&- 2>&- 4>&-; sleep 60",
	"took longer than 1000 ms")
USELESS(exits, "exit 3", "ended with status 3")
USELESS(crashes, "\"$COMPILER\" \"$@\"; kill -KILL $$", "ended with signal 9")
USELESS(prints, "echo hello; echo hello >&2", "printed nothing that this version can read")
USELESS(says_nothing, ":", "printed nothing that this version can read")
USELESS(half_an_image, "\"$COMPILER\" \"$@\" | head -c 1000",
	"printed nothing that this version can read")
USELESS(damaged_image, "\"$COMPILER\" \"$@\" | tr a b",
	"printed nothing that this version can read")
/* The version's first byte comes after a mark of eight. */
USELESS(another_version,
	"\"$COMPILER\" \"$@\" >\"$DIR/image\"\n"
	"head -c 8 \"$DIR/image\"; printf '\\377'; tail -c +10 \"$DIR/image\"",
	"printed nothing that this version can read")

static void no_compiler(void)
{
	with_compiler(NULL, INSTALLED, "ENOENT");
}

static void change_mode(mode_t mode)
{
	if (chmod(uh_path(OWN), mode) < 0)
		perror(OWN);
}

static const char good_compiler[] = "exec \"$COMPILER\" \"$@\"";

static void not_executable(void)
{
	with_compiler(good_compiler, OWN, "EACCES");
	change_mode(0644);
}

static void anothers_compiler(void)
{
	with_compiler(good_compiler, OWN, "others can write it");
	if (chown(uh_path(OWN), 1, 1) < 0)
		change_mode(0777);
}

static void writable_compiler(void)
{
	with_compiler(good_compiler, OWN, "others can write it");
	change_mode(0757);
}

static void groups_compiler(void)
{
	with_compiler(good_compiler, OWN, "others can write it");
	change_mode(0775);
}

static void compiler_is_a_directory(void)
{
	with_compiler(NULL, OWN, "EACCES");
	mkdir(uh_path(OWN), 0755);
}

/* Neither a program nor a script. */
static void compiler_is_a_text(void)
{
	with_compiler(NULL, OWN, "ENOEXEC");
	uh_write_file(OWN, "text", 4);
	change_mode(0755);
}

static void one_that_works(void)
{
	uh_use_compiler(good_compiler);
	good_file();
}

/* One line, that names the path and says why. */
static void check_log(void)
{
	FILE *log = fopen(uh_path("log"), "re");
	char line[1024] = "", more[1024];

	CHECK(log != NULL);
	CHECK(fgets(line, sizeof(line), log) != NULL);
	if (fgets(more, sizeof(more), log))
		TEXT(more, "");
	fclose(log);
	if (!strstr(line, getenv("UH_TEST_PATH")))
		TEXT(line, getenv("UH_TEST_PATH"));
	if (!strstr(line, getenv("UH_TEST_WHY")))
		TEXT(line, getenv("UH_TEST_WHY"));
}

static void goes_where_asked_and_says_so(void)
{
	goes_where_asked();
	check_log();
}

/* It is looked for again after a second, and what comes of it told no second time. */
static void nowhere_to_be_found(void)
{
	if (access(INSTALLED, F_OK) == 0)
		uh_skip(INSTALLED " is there");
	goes_where_asked_and_says_so();
	usleep(2100000);
	goes_where_asked_and_says_so();
}

static void good_inline_routes(void)
{
	unsetenv("UNHAIRPIN_CONF");
	setenv("UNHAIRPIN_ROUTES",
	       "203.0.113.1:1001=unix:@uh-hit\n [2001:db8::1]:1001=unix:/no,unix:@uh-hit", 1);
}

static void is_routed(void)
{
	int fd = uh_socket(0);

	uh_connect_port(fd, 1001);
	TEXT(uh_who(fd), "hit");
}

#define USELESS_TEST(what, setup)                                                              \
	{                                                                                      \
		"a compiler " what, goes_where_asked_and_says_so, UH_PRELOADED, setup, 0       \
	}

static const struct uh_test tests[] = {
    {"a good configuration", is_routed, UH_PRELOADED, good_file, 0},
    {"good inline routes", is_routed, UH_PRELOADED, good_inline_routes, 0},
    {"no memory", no_memory, UH_PRELOADED, good_file, 0},
    {"no such file", goes_where_asked, UH_PRELOADED, no_file, 0},
    {"a relative path", goes_where_asked, UH_PRELOADED, relative_path, 0},
    {"a directory", goes_where_asked, UH_PRELOADED, directory, 0},
    {"an empty file", goes_where_asked, UH_PRELOADED, empty_file, 0},
    {"a binary file", goes_where_asked, UH_PRELOADED, binary_file, 0},
    {"a file of zeros", goes_where_asked, UH_PRELOADED, zeros, 0},
    {"a file of 10 MiB", goes_where_asked, UH_PRELOADED, huge_file, 60},
    {"a fifo", goes_where_asked, UH_PRELOADED, fifo, 0},
    {"a file that others may write", goes_where_asked, UH_PRELOADED, writable_file, 0},
    {"a file of another user", goes_where_asked, UH_PRELOADED, foreign_file, 0},
    {"an unknown option", goes_where_asked, UH_PRELOADED, unknown_option, 0},
    {"an unknown option of a route", goes_where_asked, UH_PRELOADED, unknown_route_option, 0},
    {"a bad address", goes_where_asked, UH_PRELOADED, bad_address, 0},
    {"a port out of range", goes_where_asked, UH_PRELOADED, bad_port, 0},
    {"host bits in a prefix", goes_where_asked, UH_PRELOADED, host_bits, 0},
    {"a duplicate", goes_where_asked, UH_PRELOADED, duplicate, 0},
    {"a loop", goes_where_asked, UH_PRELOADED, loop, 0},
    {"a section without end", goes_where_asked, UH_PRELOADED, unclosed, 0},
    {"a string without end", goes_where_asked, UH_PRELOADED, unclosed_string, 0},
    {"a path that is too long", goes_where_asked, UH_PRELOADED, long_path, 0},
    {"UNHAIRPIN=off", goes_where_asked, UH_PRELOADED, switched_off, 0},
    {"no configuration at all", goes_where_asked, UH_PRELOADED, no_configuration_at_all, 0},
    {"bad inline routes", goes_where_asked, UH_PRELOADED | UH_V4, bad_inline_routes, 0},
    {"a compiler that works", is_routed, UH_PRELOADED, one_that_works, 0},
    {"no compiler", nowhere_to_be_found, UH_PRELOADED, no_compiler, 0},
    USELESS_TEST("that hangs", hangs),
    USELESS_TEST("that hangs without descriptors", hangs_without_descriptors),
    USELESS_TEST("that fails", exits),
    USELESS_TEST("that crashes", crashes),
    USELESS_TEST("that prints", prints),
    USELESS_TEST("that says nothing", says_nothing),
    USELESS_TEST("that gives half an image", half_an_image),
    USELESS_TEST("that gives a damaged image", damaged_image),
    USELESS_TEST("of another version", another_version),
    USELESS_TEST("that is not executable", not_executable),
    USELESS_TEST("of another user", anothers_compiler),
    USELESS_TEST("that others may write", writable_compiler),
    USELESS_TEST("that its group may write", groups_compiler),
    USELESS_TEST("that is a directory", compiler_is_a_directory),
    USELESS_TEST("that is a text", compiler_is_a_text),
};

UH_SUITE(tests, NULL);
