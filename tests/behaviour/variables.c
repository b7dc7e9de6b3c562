/* SPDX-License-Identifier: MIT */
/*
 * variables.c: quotes and blanks around the value of a variable of ours, as docker --env-file,
 * a list in YAML or a file with CRLF leaves them, are no part of it; and a value that cannot be
 * read is logged.
 */
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"

#define ROUTES "203.0.113.1:1001=unix:@uh-hit [2001:db8::1]:1001=unix:@uh-hit"

static void set_log(const char *before, const char *after)
{
	char text[300];

	unlink(uh_path("log"));
	snprintf(text, sizeof(text), "%sinfo:%s%s", before, uh_path("log"), after);
	setenv("UNHAIRPIN_LOG", text, 1);
}

static void use_routes(const char *text)
{
	unsetenv("UNHAIRPIN_CONF");
	setenv("UNHAIRPIN_ROUTES", text, 1);
}

static void use_file(const char *before, const char *after)
{
	static const char text[] = "route \"203.0.113.1:1001\" { to = \"unix:@uh-hit\" }\n"
				   "route \"[2001:db8::1]:1001\" { to = \"unix:@uh-hit\" }\n";
	char path[300];

	uh_write_file("other.conf", text, sizeof(text) - 1);
	snprintf(path, sizeof(path), "%s%s%s", before, uh_path("other.conf"), after);
	setenv("UNHAIRPIN_CONF", path, 1);
}

#define OFF(name, value)                                                                       \
	static void name(void)                                                                 \
	{                                                                                      \
		use_routes(ROUTES);                                                            \
		setenv("UNHAIRPIN", value, 1);                                                 \
	}

OFF(off_double, "\"off\"")
OFF(off_single, "'off'")
OFF(off_blank, " off ")
OFF(off_line_end, "off\r")
OFF(off_all, "\t\" off\r\" \r\n")

#define QUOTED(name, before, after)                                                            \
	static void name(void)                                                                 \
	{                                                                                      \
		use_routes(before ROUTES after);                                               \
		set_log(before, after);                                                        \
	}                                                                                      \
	static void name##_file(void)                                                          \
	{                                                                                      \
		use_file(before, after);                                                       \
		set_log(before, after);                                                        \
	}

QUOTED(double_quotes, "\"", "\"")
QUOTED(single_quotes, "'", "'")
QUOTED(blanks, " ", "\t")
QUOTED(line_end, "", "\r\n")
QUOTED(both, " '", "' \r")

static const char *target_of(uint16_t port)
{
	int fd = uh_socket(0);

	uh_connect_port(fd, port);
	return uh_who(fd);
}

static void goes_where_asked(void)
{
	TEXT(target_of(1001), "decoy");
}

/* A line of the log has that text. */
static void log_holds(const char *text)
{
	char line[1024] = "";
	FILE *log = fopen(uh_path("log"), "re");
	bool found = false;

	CHECK(log != NULL);
	while (!found && fgets(line, sizeof(line), log))
		found = strstr(line, text);
	fclose(log);
	if (!found)
		TEXT(line, text);
}

static void is_routed_and_logged(void)
{
	TEXT(target_of(1001), "hit");
	log_holds("routes read");
}

static void wrong_values(void)
{
	use_routes(ROUTES);
	set_log("", "");
	setenv("UNHAIRPIN", "Off", 1);
	setenv("UNHAIRPIN_STATS", "stats", 1);
}

static void are_told(void)
{
	TEXT(target_of(1001), "hit");
	log_holds("UNHAIRPIN=Off is ignored; expected on or off");
	log_holds("UNHAIRPIN_STATS=stats is ignored; expected off or the absolute path");
}

/* The place holds, though the level is wrong. */
static void wrong_level(void)
{
	char value[300];

	use_routes(ROUTES);
	unlink(uh_path("log"));
	snprintf(value, sizeof(value), "loud:%s", uh_path("log"));
	setenv("UNHAIRPIN_LOG", value, 1);
}

static void level_is_told(void)
{
	TEXT(target_of(1001), "hit");
	log_holds("UNHAIRPIN_LOG=loud:");
	log_holds("is ignored; expected off, error, warning, info or debug");
}

/* Those that the program sets for itself, before it connects. */
static void none_set(void)
{
	unsetenv("UNHAIRPIN_CONF");
}

static void late_values(void)
{
	double_quotes();
	is_routed_and_logged();
}

static void late_off(void)
{
	off_all();
	goes_where_asked();
}

/* More variables with our prefix than we have do not crowd ours out. */
static void many_others(void)
{
	char name[40];

	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "UNHAIRPIN_OTHER_%d", i);
		setenv(name, "x", 1);
	}
	off_double();
}

static const struct uh_test tests[] = {
    {"off in double quotes", goes_where_asked, UH_PRELOADED, off_double, 0},
    {"off in single quotes", goes_where_asked, UH_PRELOADED, off_single, 0},
    {"off between blanks", goes_where_asked, UH_PRELOADED, off_blank, 0},
    {"off before CR", goes_where_asked, UH_PRELOADED, off_line_end, 0},
    {"off in all of that", goes_where_asked, UH_PRELOADED, off_all, 0},
    {"routes in double quotes", is_routed_and_logged, UH_PRELOADED, double_quotes, 0},
    {"routes in single quotes", is_routed_and_logged, UH_PRELOADED, single_quotes, 0},
    {"routes between blanks", is_routed_and_logged, UH_PRELOADED, blanks, 0},
    {"routes before CR", is_routed_and_logged, UH_PRELOADED, line_end, 0},
    {"routes in all of that", is_routed_and_logged, UH_PRELOADED, both, 0},
    {"a path in double quotes", is_routed_and_logged, UH_PRELOADED, double_quotes_file, 0},
    {"a path in single quotes", is_routed_and_logged, UH_PRELOADED, single_quotes_file, 0},
    {"a path between blanks", is_routed_and_logged, UH_PRELOADED, blanks_file, 0},
    {"a path before CR", is_routed_and_logged, UH_PRELOADED, line_end_file, 0},
    {"a path in all of that", is_routed_and_logged, UH_PRELOADED, both_file, 0},
    {"off behind 20 others", goes_where_asked, UH_PRELOADED, many_others, 0},
    {"late routes in quotes", late_values, UH_PRELOADED, none_set, 0},
    {"late off in quotes", late_off, UH_PRELOADED, none_set, 0},
    {"wrong values", are_told, UH_PRELOADED, wrong_values, 0},
    {"a wrong level", level_is_told, UH_PRELOADED, wrong_level, 0},
};

UH_SUITE(tests, NULL);
