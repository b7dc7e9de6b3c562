/* SPDX-License-Identifier: MIT */
/* group.c: groups connections by a key, in a uthash map. */
#include "group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash_map.h"
#include "command/cli/diag.h"

/* Compared as bytes, so the padding must be zero. Equal texts of a trace have one address. */
struct key {
	struct uh_address address;
	const char *name, *program, *route, *place, *target;
	uint32_t scope_id;
	uint16_t port, protocol;
	bool routed, datagrams;
};

struct entry {
	struct key key;
	struct uh_group group;
	UT_hash_handle hh;
};

static void make_key(const struct uh_connection *connection, enum uh_group_key by,
		     struct key *key)
{
	memset(key, 0, sizeof(*key));
	key->address = connection->to.address;
	key->scope_id = connection->to.scope_id;
	key->port = connection->to.port;
	key->protocol = connection->protocol;
	key->routed = connection->route;
	if (by == UH_BY_DESTINATION)
		return;
	key->datagrams = connection->datagrams;
	key->name = connection->name;
	key->program = connection->program;
	key->route = connection->route;
	key->place = connection->place;
	key->target = connection->target;
}

/* Finds the entry of a connection, or adds it. Returns NULL if memory ran out. */
static struct entry *find_entry(struct entry **entries, const struct uh_connection *connection,
				enum uh_group_key by)
{
	struct entry *entry;
	struct key key;

	make_key(connection, by, &key);
	HASH_FIND(hh, *entries, &key, sizeof(key), entry);
	if (entry)
		return entry;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->key = key;
	HASH_ADD(hh, *entries, key, sizeof(entry->key), entry);
	if (entry->hh.tbl)
		return entry;
	free(entry);
	return NULL;
}

/* Counts each group's connections, and sets of[i] to the entry of connection i. */
static bool count_groups(const struct uh_trace *trace, enum uh_group_key by,
			 struct entry **entries, struct entry **of)
{
	for (size_t i = 0; i < trace->count; i++) {
		of[i] = find_entry(entries, &trace->connection[i], by);
		if (!of[i])
			return false;
		of[i]->group.count++;
		of[i]->group.uses += uh_connection_uses(&trace->connection[i]);
	}
	return true;
}

static int compare_groups(const void *a, const void *b)
{
	const struct uh_group *x = a, *y = b;

	if (x->uses != y->uses)
		return x->uses > y->uses ? -1 : 1;
	if (x->connection[0]->time != y->connection[0]->time)
		return x->connection[0]->time < y->connection[0]->time ? -1 : 1;
	return x->connection[0] < y->connection[0] ? -1 : 1;
}

/* Gives each group its part of groups->connection, fills the parts, and sorts the groups. */
static void fill_groups(const struct uh_trace *trace, struct entry *entries, struct entry **of,
			struct uh_groups *groups)
{
	const struct uh_connection **part = groups->connection;

	for (struct entry *entry = entries; entry; entry = entry->hh.next) {
		entry->group.connection = part;
		part += entry->group.count;
		entry->group.count = 0;
	}
	for (size_t i = 0; i < trace->count; i++) {
		struct uh_group *group = &of[i]->group;

		group->connection[group->count++] = &trace->connection[i];
	}
	for (struct entry *entry = entries; entry; entry = entry->hh.next)
		groups->group[groups->count++] = entry->group;
	if (groups->count)
		qsort(groups->group, groups->count, sizeof(*groups->group), compare_groups);
}

bool uh_group(const struct uh_trace *trace, enum uh_group_key key, struct uh_groups *groups)
{
	/* One item more than needed: calloc(0) may be NULL. */
	struct entry *entries = NULL, **of = calloc(trace->count + 1, sizeof(struct entry *));
	bool good = of && count_groups(trace, key, &entries, of);

	*groups = (struct uh_groups){0};
	if (good) {
		groups->connection = calloc(trace->count + 1, sizeof(*groups->connection));
		groups->group = calloc(HASH_COUNT(entries) + 1, sizeof(*groups->group));
		good = groups->connection && groups->group;
	}
	if (good) {
		fill_groups(trace, entries, of, groups);
	} else {
		uh_error("%s", strerror(ENOMEM));
		uh_groups_free(groups);
	}
	UH_HASH_FREE(entries, free);
	free(of);
	return good;
}

void uh_groups_free(struct uh_groups *groups)
{
	free(groups->group);
	free(groups->connection);
	*groups = (struct uh_groups){0};
}
