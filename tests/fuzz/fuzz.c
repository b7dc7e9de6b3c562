/* SPDX-License-Identifier: MIT */
/* fuzz.c: the parse and the look-ups that the fuzzers share, with their properties. */
#include "fuzz.h"

#include <errno.h>
#include <stdio.h>

#include "table/name_answer.h"
#include "config/config.h"
#include "table/section.h"

const char *fuzz_included;

_Noreturn void fuzz_fail(const char *file, int line, const char *text)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, text);
	abort();
}

char *fuzz_text(const uint8_t *data, size_t size)
{
	size_t length = strnlen((const char *)data, size);
	char *text = malloc(length + 1);

	MUST(text);
	memcpy(text, data, length);
	text[length] = '\0';
	return text;
}

/* Replaces uh_source_include (ld's --wrap), which would read files of this machine. */
void __real_uh_source_include(struct uh_config *config, unsigned line, const char *pattern);
void __wrap_uh_source_include(struct uh_config *config, unsigned line, const char *pattern);

void __wrap_uh_source_include(struct uh_config *config, unsigned line, const char *pattern)
{
	if (pattern[0] != '/')
		__real_uh_source_include(config, line, pattern);
	else
		uh_source_add(config, fuzz_included ? fuzz_included : "/proc/self/fd/none",
			      config->file, line);
}

/*
 * A fault may quote any text, but must be one line without control bytes. Its place lies in its
 * line.
 */
static void on_fault(void *errors, const struct uh_fault *fault)
{
	const struct uh_position *position = &fault->position;

	MUST(*fault->text && strlen(fault->text) < 1024);
	for (const char *text = fault->text; *text; text++)
		MUST((unsigned char)*text >= ' ' && *text != 0x7f);
	if (position->line)
		MUST(position->at >= position->line &&
		     (size_t)(position->at - position->line) <= strcspn(position->line, "\n"));
	*(unsigned *)errors += !fault->warning;
}

void *fuzz_parse(const char *file, const char *inline_routes, size_t *size)
{
	unsigned errors = 0;
	struct uh_parse_request request = {
	    .file = file, .inline_routes = inline_routes, .report = {on_fault, &errors}};
	void *image = uh_parse_config(&request, size);

	if (image) {
		MUST(errors == 0);
		MUST(uh_table_open(image, *size));
	} else {
		MUST(errno == EINVAL && errors > 0);
	}
	return image;
}

static uid_t somebody(void)
{
	return 1000;
}

/* The bytes are only read, so that a sanitizer sees each access. */
static volatile size_t sink;

static void read_route(const struct uh_table *table, const struct uh_table_route *route)
{
	static const struct uh_endpoint asked = {{{0x20, 0x01, 0x0d, 0xb8, [15] = 1}}, 0, 443};

	sink += strlen(uh_table_text(table, route->text));
	sink += strlen(uh_table_text(table, route->file));
	for (uint32_t i = 0; i < route->targets; i++) {
		const struct uh_table_target *target = uh_table_target(table, route, i);
		char path[UH_PATH_MAX + 1];

		if (target->kind == UH_TARGET_UNIX)
			sink += uh_table_path(table, target, &asked, path) + (size_t)path[0];
	}
}

/* The route that connect() takes is the first of those that the command shows. */
static void ask(const struct uh_table *table, const struct uh_endpoint *destination,
		const struct uh_self *self)
{
	for (int protocol = UH_TCP; protocol <= UH_ANY; protocol++) {
		const struct uh_table_route *route[4] = {NULL};
		const struct uh_table_route *winner =
		    uh_table_find(table, destination, (enum uh_protocol)protocol, self);
		size_t count = uh_table_find_all(table, NULL, destination,
						 (enum uh_protocol)protocol, self, route, 4);

		MUST(count <= uh_table_routes(table));
		/* A forged prefilter may hide a route. */
		MUST(!winner || winner == route[0]);
		for (size_t i = 0; i < count && i < 4; i++)
			read_route(table, route[i]);
	}
}

static void ask_ports(const struct uh_table *table, struct uh_endpoint *destination,
		      const struct uh_self *self)
{
	static const uint16_t port[] = {0, 1, 80, 443, 8080, 65535};

	for (size_t i = 0; i < sizeof(port) / sizeof(*port); i++) {
		destination->port = port[i];
		ask(table, destination, self);
	}
}

/* Looks up the table's own addresses, with their ports and ports beside them. */
static void ask_nodes(const struct uh_table *table, const struct uh_self *self)
{
	for (uint32_t i = 0; i < uh_section_count(table, UH_NODES) && i < 64; i++) {
		const struct uh_node *node = uh_item(table, UH_NODES, i);
		struct uh_endpoint destination = {.port = 0};

		if (!node)
			continue;
		destination.address = node->address;
		ask_ports(table, &destination, self);
		for (uint32_t j = 0; j < node->segments && j < 16; j++) {
			const struct uh_segment *segment =
			    uh_item(table, UH_SEGMENTS, node->segment + j);

			if (!segment)
				continue;
			destination.port = (uint16_t)segment->first;
			ask(table, &destination, self);
			destination.port--;
			ask(table, &destination, self);
		}
		destination.address.byte[15] ^= 1;
		ask_ports(table, &destination, self);
	}
}

/* Looks up names that the seeds have routes for, and others. */
static void ask_names(const struct uh_table *table, const struct uh_self *self)
{
	static const char *const name[] = {"api.example.com", "a.svc.example.com", "com", "a"};

	if (!uh_table_has_names(table))
		return;
	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++) {
		struct uh_answer answer = uh_table_answer(table, name[i], UH_ANY, self);

		sink += answer.address.byte[15];
		for (int family = 0; family < UH_FAMILIES; family++) {
			struct uh_endpoint destination = {.port = 443};
			const char *known;

			destination.address =
			    uh_table_stand_in(table, name[i], (enum uh_family)family, 0);
			known = uh_table_stands_for(table, &destination.address);
			sink += known ? strlen(known) : 0;
			ask(table, &destination, self);
		}
	}
}

void fuzz_ask(const struct uh_table *table)
{
	static const char *const address[] = {"203.0.113.1", "10.0.0.1", "2001:db8::1",
					      "::", "0.0.0.0"};
	size_t bytes = (uh_table_conditions(table) + 7) / 8;
	unsigned char *verdict = calloc(1, bytes + 1);
	struct uh_self self = {verdict, somebody, false};

	MUST(verdict);
	uh_table_judge_programs(table, "/usr/bin/curl", verdict);
	for (size_t i = 0; i < sizeof(address) / sizeof(*address); i++) {
		struct uh_endpoint destination = {.port = 0};

		MUST(uh_address_parse(address[i], &destination.address));
		ask_ports(table, &destination, &self);
		ask_ports(table, &destination, NULL);
	}
	ask_nodes(table, &self);
	ask_nodes(table, NULL);
	ask_names(table, &self);
	sink += strlen(uh_table_text(table, uh_table_settings(table)->log_to));
	free(verdict);
}
