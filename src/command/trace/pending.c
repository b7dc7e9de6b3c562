/* SPDX-License-Identifier: MIT */
/* pending.c: connections that wait for their outcome, in a uthash map. */
#include "pending.h"

#include <stdlib.h>

#include "base/hash_map.h"

enum { EARLY = 256 }; /* outcomes that may wait for their connection */

struct entry {
	uint64_t identity;
	struct uh_connection connection;
	UT_hash_handle hh;
};

struct uh_pending {
	uh_on_connection *report;
	void *context;
	struct entry *entries;
	struct uh_outcome early[EARLY]; /* a ring of the last outcomes without a connection */
	unsigned next;			/* index of the next outcome, modulo EARLY */
};

struct uh_pending *uh_pending_new(uh_on_connection *report, void *context)
{
	struct uh_pending *pending = calloc(1, sizeof(*pending));

	if (pending) {
		pending->report = report;
		pending->context = context;
	}
	return pending;
}

void uh_pending_free(struct uh_pending *pending)
{
	if (!pending)
		return;
	UH_HASH_FREE(pending->entries, free);
	free(pending);
}

static struct entry *find(struct uh_pending *pending, uint64_t identity)
{
	struct entry *entry = NULL;

	if (identity)
		HASH_FIND(hh, pending->entries, &identity, sizeof(identity), entry);
	return entry;
}

static void finish(struct uh_pending *pending, struct entry *entry)
{
	HASH_DELETE(hh, pending->entries, entry);
	pending->report(pending->context, &entry->connection);
	free(entry);
}

static void apply(struct uh_pending *pending, struct entry *entry,
		  const struct uh_outcome *outcome)
{
	struct uh_connection *connection = &entry->connection;

	if (outcome->error != UH_TRACE_UNKNOWN)
		connection->error = outcome->error;
	/* The first known time stays: the kernel may report the end before the program asks
	 * for the errno value. */
	if (connection->microseconds < 0 && outcome->time >= connection->time)
		connection->microseconds = (outcome->time - connection->time) * 1e6;
	/* The errno value or the time may still follow: a child, or a copy of the descriptor,
	 * may ask. */
	if (outcome->error == UH_TRACE_FAILED ||
	    (outcome->error == 0 && connection->microseconds < 0))
		return;
	finish(pending, entry);
}

static void add(struct uh_pending *pending, uint64_t identity,
		const struct uh_connection *connection)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (entry) {
		entry->identity = identity;
		entry->connection = *connection;
		HASH_ADD(hh, pending->entries, identity, sizeof(entry->identity), entry);
	}
	if (!entry || !entry->hh.tbl) {
		free(entry);
		pending->report(pending->context, connection);
		return;
	}
	for (struct uh_outcome *early = pending->early; early < pending->early + EARLY; early++)
		if (early->identity == identity && early->time >= connection->time) {
			early->identity = 0;
			apply(pending, entry, early);
			return;
		}
}

void uh_pending_connect(struct uh_pending *pending, uint64_t identity,
			const struct uh_connection *connection)
{
	struct entry *earlier = find(pending, identity);
	const struct uh_outcome outcome = {identity, connection->error,
					   connection->time + connection->microseconds / 1e6};

	if (earlier && connection->error >= 0) {
		apply(pending, earlier, &outcome);
		return;
	}
	if (earlier)
		finish(pending, earlier);
	if (connection->error < 0 && identity)
		add(pending, identity, connection);
	else
		pending->report(pending->context, connection);
}

void uh_pending_outcome(struct uh_pending *pending, const struct uh_outcome *outcome)
{
	struct entry *entry = find(pending, outcome->identity);

	if (entry)
		apply(pending, entry, outcome);
	else if (outcome->time >= 0)
		pending->early[pending->next++ % EARLY] = *outcome;
}

void uh_pending_flush(struct uh_pending *pending)
{
	for (struct entry *entry = pending->entries; entry; entry = entry->hh.next)
		pending->report(pending->context, &entry->connection);
	UH_HASH_FREE(pending->entries, free);
}
