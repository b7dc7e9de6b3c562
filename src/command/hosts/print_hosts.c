/* SPDX-License-Identifier: MIT */
/* print_hosts.c: prints lines for /etc/hosts, and says what they cannot do. */
#include "print_hosts.h"

#include <stdio.h>

#include "command/cli/json.h"

void uh_print_hosts_head(const char *file, bool inline_routes)
{
	printf("# Lines for /etc/hosts by unhairpin %s, from %s%s%s.\n", UH_VERSION,
	       file ? file : "", file && inline_routes ? " and " : "",
	       inline_routes ? "UNHAIRPIN_ROUTES" : "");
	puts("# Print them again when the routes change.");
	puts("# A stand-in address leads nowhere in a program that unhairpin does not route.");
	puts("# A program that finds a name here does not ask DNS: it has no real address to");
	puts("# connect to if a connection has no route, or if no target answers.");
}

static const char *const fault_words[] = {
    [UH_HOST_WILDCARD] = "wildcard",
    [UH_HOST_DIRECT] = "direct",
    [UH_HOST_CONDITIONS] = "conditions",
};

static const char *const faults[] = {
    [UH_HOST_WILDCARD] = "no line, because the file has no wildcards; write a route for "
			 "each name",
    [UH_HOST_DIRECT] = "no line, because all connections go to the real addresses",
    [UH_HOST_CONDITIONS] = "commented out, because this route is not for all programs and "
			   "users, but the file is",
};

/* Returns what the lines of a name cannot do, or NULL. */
static const char *limit_of(const struct uh_host_line *line)
{
	if (line->fault)
		return faults[line->fault];
	if (line->hides_ports)
		return "connections to ports without a route, or with a direct one, fail, and "
		       "there is no fallback to the real addresses";
	return line->loses_fallback ? "no fallback to the real addresses if no target answers"
				    : NULL;
}

static void print_comment(const struct uh_table *table, const struct uh_host_line *line,
			  const char *text)
{
	const struct uh_table_route *route = uh_table_route(table, line->route);

	printf("# %s: %s  (%s", line->name, text, uh_table_text(table, route->file));
	if (route->line)
		printf(":%u", (unsigned)route->line);
	printf(")\n");
}

void uh_print_host_line(const struct uh_table *table, const struct uh_host_line *line,
			bool comments)
{
	char text[UH_ADDRESS_TEXT];

	if (line->fault && !comments)
		return;
	if (comments && limit_of(line))
		print_comment(table, line, limit_of(line));
	for (unsigned i = 0; i < line->addresses; i++)
		printf("%s%s\t%s\n", line->fault ? "#" : "",
		       uh_address_format(&line->address[i], text), line->name);
}

bool uh_print_host_line_json(const struct uh_host_line *line)
{
	json_t *addresses = json_array();
	char text[UH_ADDRESS_TEXT];

	for (unsigned i = 0; i < line->addresses; i++)
		json_array_append_new(addresses,
				      json_string(uh_address_format(&line->address[i], text)));
	return uh_json_print(stdout,
			     json_pack("{s:s, s:o, s:b, s:b, s:b, s:s?}", "name", line->name,
				       "addresses", addresses, "stand_in", line->is_stand_in,
				       "loses_fallback", line->loses_fallback, "hides_ports",
				       line->hides_ports, "left_out",
				       line->fault ? fault_words[line->fault] : NULL));
}
