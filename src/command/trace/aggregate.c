/* SPDX-License-Identifier: MIT */
/* aggregate.c: adds connections up, in a uthash map. */
#include "aggregate.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hash_map.h"
#include "command/cli/median.h"

struct entry {
	struct uh_aggregate_row row; /* first, so that an entry is found from its row */
	double *took;
	size_t room;
	UT_hash_handle hh;
	char *key; /* the texts that make it another than all others, each with its NUL */
	size_t key_size;
};

struct uh_aggregate {
	struct entry *entries;
	struct uh_aggregate_row **rows;
};

struct uh_aggregate *uh_aggregate_new(void)
{
	return calloc(1, sizeof(struct uh_aggregate));
}

static void free_entry(struct entry *entry)
{
	free(entry->took);
	free(entry->key);
	free(entry);
}

void uh_aggregate_free(struct uh_aggregate *tally)
{
	if (!tally)
		return;
	UH_HASH_FREE(tally->entries, free_entry);
	free(tally->rows);
	free(tally);
}

bool uh_is_failure(int error)
{
	return error != 0 && error != UH_TRACE_UNKNOWN;
}

/* NULL: no memory. */
static char *make_key(const struct uh_event *event, size_t *size)
{
	char *key = NULL, asked[UH_ENDPOINT_TEXT];
	FILE *out = open_memstream(&key, size);

	if (!out)
		return NULL;
	fprintf(out, "%s%c%s%c%s%c%s%c%s%c", event->name, 0, event->program, 0, event->route, 0,
		event->place, 0, event->target, 0);
	fprintf(out, "%s%c%u%c%u%c", uh_endpoint_format(&event->asked, asked), 0,
		event->protocol, 0, (unsigned)event->asked.scope_id, 0);
	if (fclose(out) == 0)
		return key;
	free(key);
	return NULL;
}

/* The texts are the key's own first ones. */
static void take_texts(struct entry *entry)
{
	struct uh_event *event = &entry->row.first;
	const char **text[] = {&event->name, &event->program, &event->route, &event->place,
			       &event->target};
	const char *at = entry->key;

	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++) {
		*text[i] = at;
		at += strlen(at) + 1;
	}
}

/* key becomes the entry's. */
static struct entry *new_entry(struct uh_aggregate *tally, const struct uh_event *event,
			       char *key, size_t size)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry) {
		free(key);
		return NULL;
	}
	entry->row.first = *event;
	entry->key = key;
	entry->key_size = size;
	take_texts(entry);
	HASH_ADD_KEYPTR(hh, tally->entries, entry->key, entry->key_size, entry);
	if (entry->hh.tbl)
		return entry;
	free_entry(entry);
	return NULL;
}

static struct entry *find(struct uh_aggregate *tally, const struct uh_event *event)
{
	struct entry *entry;
	size_t size;
	char *key = make_key(event, &size);

	if (!key)
		return NULL;
	HASH_FIND(hh, tally->entries, key, size, entry);
	if (!entry)
		return new_entry(tally, event, key, size);
	free(key);
	return entry;
}

static void add_failure(struct uh_aggregate_row *row, int error)
{
	struct uh_failures *failure = row->failure;
	struct uh_failures *last = &row->failure[UH_AGGREGATE_ERRORS - 1];

	row->failed++;
	while (failure < last && failure->count && failure->error != error)
		failure++;
	failure->error = failure == last ? UH_AGGREGATE_OTHERS : error;
	failure->count++;
}

/* False: no memory. */
static bool add_time(struct entry *entry, double microseconds)
{
	double *took;

	if (microseconds < 0)
		return true;
	if (entry->row.timed == entry->room) {
		took = realloc(entry->took, (2 * entry->room + 4) * sizeof(*took));
		if (!took)
			return false;
		entry->took = took;
		entry->room = 2 * entry->room + 4;
	}
	entry->took[entry->row.timed++] = microseconds;
	return true;
}

bool uh_aggregate_add(struct uh_aggregate *tally, const struct uh_event *event)
{
	struct entry *entry = find(tally, event);

	if (!entry || !add_time(entry, event->microseconds))
		return false;
	entry->row.connections++;
	if (uh_is_failure(event->error))
		add_failure(&entry->row, event->error);
	else if (event->error)
		entry->row.unknown++;
	return true;
}

static int compare_rows(const void *a, const void *b)
{
	const struct uh_aggregate_row *first = *(struct uh_aggregate_row *const *)a;
	const struct uh_aggregate_row *second = *(struct uh_aggregate_row *const *)b;

	if (first->connections != second->connections)
		return first->connections > second->connections ? -1 : 1;
	if (first->first.time != second->first.time)
		return first->first.time < second->first.time ? -1 : 1;
	return 0;
}

struct uh_aggregate_row *const *uh_aggregate_finish(struct uh_aggregate *tally, size_t *count)
{
	struct uh_aggregate_row **rows;
	struct entry *entry;

	*count = 0;
	/* One more: realloc(0) may be NULL. */
	rows = realloc(tally->rows, (HASH_COUNT(tally->entries) + 1) * sizeof(*rows));
	if (!rows)
		return NULL;
	tally->rows = rows;
	for (entry = tally->entries; entry; entry = entry->hh.next) {
		size_t timed = entry->row.timed;

		if (!entry->row.connections)
			continue; /* there was no memory for its first one */
		if (timed) {
			uh_numbers_sort(entry->took, timed);
			entry->row.median = uh_median(entry->took, timed);
			entry->row.p99 = uh_p99(entry->took, timed);
		}
		rows[(*count)++] = &entry->row;
	}
	qsort(rows, *count, sizeof(*rows), compare_rows);
	return rows;
}
