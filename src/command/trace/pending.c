/* SPDX-License-Identifier: MIT */
/* pending.c: connections that wait for their outcome, in a uthash map. */
#include "pending.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash_map.h"

enum { EARLY = 256 }; /* outcomes that may wait for their connection */

struct entry {
	struct uh_event event;
	UT_hash_handle hh;
	char texts[];
};

struct uh_pending {
	struct entry *entries;
	struct uh_outcome early[EARLY]; /* the last ones that had no connection */
	unsigned next;			/* place of the next one, modulo EARLY */
};

struct uh_pending *uh_pending_new(void)
{
	return calloc(1, sizeof(struct uh_pending));
}

void uh_pending_free(struct uh_pending *pending)
{
	if (!pending)
		return;
	UH_HASH_FREE(pending->entries, free);
	free(pending);
}

enum { TEXTS = 5 };

static void list_texts(struct uh_event *event, const char **text[TEXTS])
{
	text[0] = &event->name;
	text[1] = &event->program;
	text[2] = &event->route;
	text[3] = &event->place;
	text[4] = &event->target;
}

/* A copy with its own texts. NULL: no memory. */
static struct entry *copy(const struct uh_event *event)
{
	struct uh_event from = *event;
	const char **text[TEXTS];
	size_t size = 0, length;
	struct entry *entry;
	char *at;

	list_texts(&from, text);
	for (int i = 0; i < TEXTS; i++)
		size += strlen(*text[i]) + 1;
	entry = calloc(1, sizeof(*entry) + size);
	if (!entry)
		return NULL;
	entry->event = from;
	list_texts(&entry->event, text);
	at = entry->texts;
	for (int i = 0; i < TEXTS; i++) {
		length = strlen(*text[i]) + 1;
		*text[i] = memcpy(at, *text[i], length);
		at += length;
	}
	return entry;
}

static struct entry *find(struct uh_pending *pending, uint64_t identity)
{
	struct entry *entry = NULL;

	if (identity)
		HASH_FIND(hh, pending->entries, &identity, sizeof(identity), entry);
	return entry;
}

static bool finish(struct uh_pending *pending, struct entry *entry, uh_take_event *take,
		   void *context)
{
	bool good;

	HASH_DELETE(hh, pending->entries, entry);
	good = take(context, &entry->event);
	free(entry);
	return good;
}

/* The time that is known first stays: the kernel may say before the program asks why. */
static bool apply(struct uh_pending *pending, struct entry *entry,
		  const struct uh_outcome *outcome, uh_take_event *take, void *context)
{
	struct uh_event *event = &entry->event;

	if (outcome->error != UH_TRACE_UNKNOWN)
		event->error = outcome->error;
	if (event->microseconds < 0 && outcome->time >= event->time)
		event->microseconds = (outcome->time - event->time) * 1e6;
	/* A copy of the descriptor, or a child's, may still ask. */
	if (outcome->error == UH_TRACE_FAILED ||
	    (outcome->error == 0 && event->microseconds < 0))
		return true;
	return finish(pending, entry, take, context);
}

static bool apply_early(struct uh_pending *pending, struct entry *entry, uh_take_event *take,
			void *context)
{
	struct uh_outcome *outcome = pending->early;

	for (; outcome < pending->early + EARLY; outcome++)
		if (outcome->identity == entry->event.identity &&
		    outcome->time >= entry->event.time) {
			outcome->identity = 0;
			return apply(pending, entry, outcome, take, context);
		}
	return true;
}

static bool add(struct uh_pending *pending, const struct uh_event *event, uh_take_event *take,
		void *context)
{
	struct entry *entry = copy(event);

	if (entry)
		HASH_ADD(hh, pending->entries, event.identity, sizeof(event->identity), entry);
	if (entry && entry->hh.tbl)
		return apply_early(pending, entry, take, context);
	free(entry);
	return take(context, event);
}

bool uh_pending_connect(struct uh_pending *pending, const struct uh_event *event,
			uh_take_event *take, void *context)
{
	struct entry *earlier = find(pending, event->identity);
	const struct uh_outcome outcome = {event->identity, event->error,
					   event->time + event->microseconds / 1e6};

	if (earlier && event->error >= 0)
		return apply(pending, earlier, &outcome, take, context);
	if (earlier && !finish(pending, earlier, take, context))
		return false;
	if (event->error < 0 && event->identity)
		return add(pending, event, take, context);
	return take(context, event);
}

bool uh_pending_outcome(struct uh_pending *pending, const struct uh_outcome *outcome,
			uh_take_event *take, void *context)
{
	struct entry *entry = find(pending, outcome->identity);

	if (entry)
		return apply(pending, entry, outcome, take, context);
	if (outcome->time >= 0)
		pending->early[pending->next++ % EARLY] = *outcome;
	return true;
}

bool uh_pending_flush(struct uh_pending *pending, uh_take_event *take, void *context)
{
	bool good = true;

	for (struct entry *entry = pending->entries; entry; entry = entry->hh.next)
		good = take(context, &entry->event) && good;
	UH_HASH_FREE(pending->entries, free);
	return good;
}
