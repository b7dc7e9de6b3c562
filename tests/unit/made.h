/* SPDX-License-Identifier: MIT */
/* made.h: tables for tests, made from one-line routes. */
#ifndef UH_TEST_MADE_H
#define UH_TEST_MADE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "faults.h"
#include "build/route_text.h"

/* A test leaves out most fields of a route. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* A route in one line. A field that is left out has the default of the configuration. */
struct made_route {
	const char *at;
	const char
	    *to; /* up to 8 targets, separated by blanks; NULL: any target that is allowed */
	enum uh_protocol protocol; /* 0: tcp */
	const char *programs[4];
	struct uh_user users[4];
	size_t user_count;
	struct uh_user peers[4];
	size_t peer_count;
	bool overrides;
	unsigned line; /* 0: none */
	enum uh_on_failure on_failure;
};

/* A builder, the faults that it reported, and its table. */
struct made {
	struct uh_builder *builder;
	struct faults faults;
	void *image;
	size_t size;
	const struct uh_table *table;
};

static inline struct made *made_new(void)
{
	struct made *made = calloc(1, sizeof(*made));
	struct uh_fault_reporter report = {faults_add, &made->faults};

	faults_begin(&made->faults, NULL);
	made->builder = uh_builder_new(&report);
	assert_non_null(made->builder);
	return made;
}

static inline void made_free(struct made *made)
{
	uh_builder_free(made->builder);
	if (made->image)
		munmap(made->image, made->size);
	free(made);
}

static inline size_t made_targets(const char *list, struct uh_target *target)
{
	char copy[512], why[UH_WHY], *rest = NULL;
	size_t count = 0;

	snprintf(copy, sizeof(copy), "%s", list);
	for (char *text = strtok_r(copy, " ", &rest); text; text = strtok_r(NULL, " ", &rest))
		if (!uh_target_parse(text, &target[count++], why))
			fail_msg("%s", why);
	return count;
}

/* Adds a route, and returns as uh_builder_add. */
static inline int made_add(struct made *made, struct made_route line)
{
	struct uh_target target[8];
	struct uh_route route = {
	    .protocol = line.protocol ? line.protocol : UH_TCP,
	    .on_failure = line.on_failure,
	    .target = target,
	    .programs = {line.programs, 0},
	    .users = {line.users, line.user_count},
	    .peer_users = {line.peers, line.peer_count},
	    .text = line.at,
	    .file = "a.conf",
	    .line = line.line,
	};
	const char *any = line.protocol == UH_UDP ? "192.0.2.1" : "unix:/x";
	char why[UH_WHY];

	route.targets = made_targets(line.to ? line.to : any, target);
	if (!uh_destination_parse(line.at, &route.destination, why))
		fail_msg("%s", why);
	while (route.programs.count < 4 && line.programs[route.programs.count])
		route.programs.count++;
	return uh_builder_add(made->builder, &route, line.overrides);
}

#define MADE_ADD(made, ...) made_add(made, (struct made_route){__VA_ARGS__})

/* Builds the table without any fault, and opens it. */
static inline const struct uh_table *made_table(struct made *made)
{
	made->image = uh_builder_finish(made->builder, &made->size);
	if (!made->image)
		fail_msg("no image: %s%s", made->faults.text, strerror(errno));
	assert_string_equal(made->faults.text, "");
	made->table = uh_table_open(made->image, made->size);
	assert_non_null(made->table);
	return made->table;
}

/* Makes a table of these routes. */
static inline struct made *made_of(const struct made_route *line, size_t count)
{
	struct made *made = made_new();

	for (size_t i = 0; i < count; i++)
		if (made_add(made, line[i]) != 0)
			fail_msg("\"%s\": %s", line[i].at, made->faults.text);
	made_table(made);
	return made;
}

#define MADE_OF(...)                                                                           \
	made_of((struct made_route[]){__VA_ARGS__},                                            \
		sizeof((struct made_route[]){__VA_ARGS__}) / sizeof(struct made_route))

static inline struct uh_endpoint made_endpoint(const char *address, unsigned port)
{
	struct uh_endpoint endpoint = {.port = (uint16_t)port};

	if (!uh_address_parse(address, &endpoint.address))
		fail_msg("bad address %s", address);
	return endpoint;
}

#endif
