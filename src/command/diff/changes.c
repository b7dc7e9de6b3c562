/* SPDX-License-Identifier: MIT */
/* changes.c: groups differences by the routes that answer, in a uthash map. */
#include "changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/hash_map.h"

/* key has the routes of both answers, with NULL between them. */
struct entry {
	struct uh_change change;
	UT_hash_handle hh;
	const struct uh_table_route *key[];
};

static size_t key_length(const struct uh_difference *difference)
{
	return difference->answer[UH_OLD]->count + 1 + difference->answer[UH_NEW]->count;
}

/* Returns a new entry with the key of the difference and an empty stretch. */
static struct entry *new_entry(const struct uh_difference *difference)
{
	size_t length = key_length(difference);
	struct entry *entry = calloc(1, sizeof(*entry) + length * sizeof(*entry->key));
	struct uh_change *change;

	if (!entry)
		return NULL;
	change = &entry->change;
	change->answer[UH_OLD] = entry->key;
	change->answer[UH_NEW] = entry->key + difference->answer[UH_OLD]->count + 1;
	for (int side = 0; side < UH_SIDES; side++) {
		change->count[side] = difference->answer[side]->count;
		memcpy(change->answer[side], difference->answer[side]->route,
		       change->count[side] * sizeof(*entry->key));
	}
	change->name = difference->name;
	change->first = difference->first;
	change->last = difference->last;
	change->first_port = difference->first_port;
	change->last_port = difference->last_port;
	return entry;
}

/* Widens the stretch so that it holds the difference too. */
static void widen(struct uh_change *change, const struct uh_difference *difference)
{
	if (change->name && strlen(difference->name) < strlen(change->name))
		change->name = difference->name;
	if (memcmp(&difference->first, &change->first, sizeof(change->first)) < 0)
		change->first = difference->first;
	if (memcmp(&difference->last, &change->last, sizeof(change->last)) > 0)
		change->last = difference->last;
	if (difference->first_port < change->first_port)
		change->first_port = difference->first_port;
	if (difference->last_port > change->last_port)
		change->last_port = difference->last_port;
	change->protocols |= difference->protocol;
}

/* Finds the entry with the key of a new one, which is freed then, or adds the new one. */
static struct entry *find_or_add(struct entry **map, struct entry *new, size_t size)
{
	struct entry *entry;

	HASH_FIND(hh, *map, new->key, size, entry);
	if (entry) {
		free(new);
		return entry;
	}
	HASH_ADD_KEYPTR(hh, *map, new->key, size, new);
	if (new->hh.tbl)
		return new;
	free(new);
	return NULL;
}

static bool take(void *context, const struct uh_difference *difference)
{
	struct uh_changes *changes = context;
	struct entry *map = changes->map, *entry = new_entry(difference);

	if (entry)
		entry = find_or_add(&map, entry, key_length(difference) * sizeof(*entry->key));
	changes->map = map;
	if (!entry)
		return false;
	widen(&entry->change, difference);
	return true;
}

/* uthash keeps the order in which entries were added. */
bool uh_changes_find(const struct uh_table *const table[UH_SIDES], struct uh_changes *changes)
{
	*changes = (struct uh_changes){NULL, 0, NULL};
	if (!uh_tables_compare(table, take, changes))
		return false;
	/* one element more, because calloc(0) may return NULL */
	changes->list =
	    calloc(HASH_COUNT((struct entry *)changes->map) + 1, sizeof(*changes->list));
	for (struct entry *entry = changes->map; changes->list && entry; entry = entry->hh.next)
		changes->list[changes->count++] = &entry->change;
	return changes->list;
}

void uh_changes_free(struct uh_changes *changes)
{
	struct entry *map = changes->map;

	UH_HASH_FREE(map, free);
	free(changes->list);
}

/* Returns the length of the network that has these addresses, or 129 if there is no such one.
 */
static unsigned network_length(const struct uh_change *change)
{
	for (unsigned length = 0; length <= 128; length++) {
		struct uh_address first = change->first, last = change->last;

		uh_address_mask(&first, length);
		for (unsigned bit = length; bit < 128; bit++)
			first.byte[bit / 8] |= (unsigned char)(0x80 >> bit % 8);
		uh_address_mask(&last, length);
		if (memcmp(&first, &change->last, sizeof(first)) == 0 &&
		    memcmp(&last, &change->first, sizeof(last)) == 0)
			return length;
	}
	return 129;
}

/* Writes the addresses into text. IPv6 has brackets if a port follows. */
static void format_addresses(const struct uh_change *change, bool has_port, char *text)
{
	char first[UH_ADDRESS_TEXT], last[UH_ADDRESS_TEXT];
	unsigned length = network_length(change);
	bool is_ipv4 = uh_address_is_v4(&change->first) && uh_address_is_v4(&change->last);
	bool brackets = has_port && !is_ipv4;

	uh_address_format(&change->first, first);
	uh_address_format(&change->last, last);
	text += sprintf(text, "%s%s%s", brackets ? "[" : "", first, brackets ? "]" : "");
	if (length > 128)
		sprintf(text, "-%s%s%s", brackets ? "[" : "", last, brackets ? "]" : "");
	else if (length < 128)
		sprintf(text, "/%u", length - (is_ipv4 ? UH_V4_PREFIX : 0));
}

char *uh_change_destination(const struct uh_change *change, char *text)
{
	unsigned first = change->first_port, last = change->last_port;
	bool has_port = first > 0 || last < UINT16_MAX;

	if (change->name)
		strcpy(text, change->name);
	else
		format_addresses(change, has_port, text);
	if (has_port)
		sprintf(text + strlen(text), first == last ? ":%u" : ":%u-%u", first, last);
	return text;
}
