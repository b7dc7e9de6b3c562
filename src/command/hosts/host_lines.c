/* SPDX-License-Identifier: MIT */
/* host_lines.c: makes the lines of /etc/hosts from the routes by name. */
#include "host_lines.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash_map.h"
#include "build/route_text.h"
#include "table/name_answer.h"

struct entry {
	struct uh_host_line line;
	uint32_t
	    conditional; /* a route of this name for certain programs or users, or UH_NONE */
	UT_hash_handle hh;
};

/* Returns the entry of a name, which is made if there is none yet, or NULL with errno ENOMEM.
 */
static struct entry *entry_of(struct entry **entries, const char *name, uint32_t route)
{
	struct entry *entry;

	HASH_FIND_STR(*entries, name, entry);
	if (entry)
		return entry;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	strcpy(entry->line.name, name);
	entry->line.route = route;
	entry->conditional = UH_NONE;
	HASH_ADD_STR(*entries, line.name, entry);
	if (entry->hh.tbl)
		return entry;
	free(entry);
	errno = ENOMEM;
	return NULL;
}

/* Makes an entry for each name of the routes. Returns false with errno ENOMEM. */
static bool collect(const struct uh_table *table, struct entry **entries)
{
	char name[UH_NAME_MAX + 1];

	for (uint32_t i = 0; i < uh_table_routes(table); i++) {
		const struct uh_table_route *route = uh_table_route(table, i);
		struct entry *entry;

		if (!route || !uh_destination_name(uh_table_text(table, route->text), name))
			continue;
		entry = entry_of(entries, name, i);
		if (!entry)
			return false;
		if (entry->conditional == UH_NONE &&
		    (route->programs != UH_NONE || route->user_count > 0))
			entry->conditional = i;
	}
	return true;
}

/* Returns a route of the name, or of a wildcard that covers it, with conditions, or UH_NONE. */
static uint32_t find_conditional(struct entry *entries, const struct entry *entry)
{
	const char *parent = entry->line.name;
	uint32_t conditional = entry->conditional;
	char wildcard[UH_NAME_MAX + 3] = "*.";
	struct entry *covering;

	while (conditional == UH_NONE && (parent = uh_name_parent(parent))) {
		strcpy(wildcard + 2, parent);
		HASH_FIND_STR(entries, wildcard, covering);
		if (covering)
			conditional = covering->conditional;
	}
	return conditional;
}

/*
 * Sets the addresses and the fault of a name. Sockets of both protocols read the same file, so
 * the answer is that for a look-up without a protocol.
 */
static void judge(const struct uh_table *table, struct entry *entries, struct entry *entry)
{
	struct uh_host_line *line = &entry->line;
	struct uh_answer answer;
	uint32_t conditional;

	if (uh_name_is_wildcard(line->name)) {
		line->fault = UH_HOST_WILDCARD;
		return;
	}
	answer = uh_table_answer(table, line->name, UH_ANY, NULL);
	line->is_stand_in = answer.kind == UH_ANSWER_STAND_IN;
	line->loses_fallback = line->is_stand_in && answer.may_need_real;
	line->hides_ports = line->is_stand_in && answer.some_direct;
	if (answer.kind == UH_ANSWER_ADDRESS)
		line->address[line->addresses++] = answer.address;
	for (int family = 0; line->is_stand_in && family < UH_FAMILIES; family++)
		line->address[line->addresses++] =
		    uh_table_stand_in(table, line->name, (enum uh_family)family, 0);
	conditional = find_conditional(entries, entry);
	if (answer.kind == UH_ANSWER_NONE) {
		line->fault = UH_HOST_DIRECT;
	} else if (conditional != UH_NONE) {
		line->fault = UH_HOST_CONDITIONS;
		line->route = conditional;
	}
}

static int by_name(const struct entry *a, const struct entry *b)
{
	return strcmp(a->line.name, b->line.name);
}

struct uh_host_line *uh_host_lines_make(const struct uh_table *table, size_t *count)
{
	struct entry *entries = NULL;
	struct uh_host_line *lines = NULL;

	*count = 0;
	if (collect(table, &entries))
		/* one element more, because calloc(0) may return NULL */
		lines = calloc(HASH_COUNT(entries) + 1, sizeof(*lines));
	HASH_SORT(entries, by_name);
	for (struct entry *entry = entries; lines && entry; entry = entry->hh.next) {
		judge(table, entries, entry);
		lines[(*count)++] = entry->line;
	}
	UH_HASH_FREE(entries, free);
	return lines;
}
