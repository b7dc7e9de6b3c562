/* SPDX-License-Identifier: MIT */
/* builder.c: collects routes, reports those that contradict each other, and makes the image. */
#include "layout.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "builder_route.h"
#include "base/log_level.h"

/* 240.0.0.0/4 has no hosts (RFC 1112, 4), 2001:db8::/32 is for documentation (RFC 3849). */
const struct uh_table_settings uh_default_settings = {
    .stand_in =
	{
	    {{{[10] = 0xff, [11] = 0xff, [12] = 240}}, UH_V4_PREFIX + 4},
	    {{{0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff}}, 48},
	},
    .log_level = UH_LOG_WARNING,
    .backlog_wait_ms =
	1000,		   /* a busy server drains a backlog within that time, or not at all */
    .retry_after_ms = 100, /* short enough for a service that restarts */
    .retry_limit_ms = 5000,
    .log_limit = UH_LOG_LIMIT,
    .stats = 1,
    .compile_limit_ms = UH_COMPILE_LIMIT,
};

struct uh_builder *uh_builder_new(const struct uh_fault_reporter *report)
{
	struct uh_builder *builder = calloc(1, sizeof(*builder));

	if (!builder)
		return NULL;
	builder->report = *report;
	builder->settings = uh_default_settings;
	builder->texts = uh_interner_new();
	builder->targets = uh_interner_new();
	builder->conditions = uh_interner_new();
	builder->users = uh_interner_new();
	builder->keys = uh_interner_new();
	if (builder->texts && builder->targets && builder->conditions && builder->users &&
	    builder->keys)
		builder->log_to = uh_intern_text(builder->texts, "journal");
	if (builder->log_to)
		builder->publics = uh_intern_text(builder->texts, "");
	builder->inline_routes = builder->publics;
	if (builder->publics)
		return builder;
	uh_builder_free(builder);
	errno = ENOMEM;
	return NULL;
}

void uh_builder_free(struct uh_builder *builder)
{
	struct uh_builder_route **entry;

	if (!builder)
		return;
	entry = builder->entries.items;
	for (size_t i = 0; i < builder->entries.count; i++)
		free(entry[i]);
	free(builder->entries.items);
	free(builder->interfaces.items);
	free(builder->sources.items);
	uh_interner_free(builder->texts);
	uh_interner_free(builder->targets);
	uh_interner_free(builder->conditions);
	uh_interner_free(builder->users);
	uh_interner_free(builder->keys);
	free(builder);
}

int uh_builder_settings(struct uh_builder *builder, const struct uh_table_settings *settings,
			const char *log_to)
{
	const struct uh_interned *text = uh_intern_text(builder->texts, log_to);

	if (!text)
		return -1;
	builder->settings = *settings;
	builder->log_to = text;
	return 0;
}

int uh_builder_publics(struct uh_builder *builder, const char *addresses)
{
	const struct uh_interned *text = uh_intern_text(builder->texts, addresses);

	if (!text)
		return -1;
	builder->publics = text;
	return 0;
}

int uh_builder_inline(struct uh_builder *builder, const char *routes)
{
	const struct uh_interned *text = uh_intern_text(builder->texts, routes);

	if (!text)
		return -1;
	builder->inline_routes = text;
	return 0;
}

int uh_builder_interface(struct uh_builder *builder, const struct uh_address *address)
{
	struct uh_address *added = uh_array_add(&builder->interfaces, 1, sizeof(*added));

	if (!added) {
		errno = ENOMEM;
		return -1;
	}
	*added = *address;
	return 0;
}

bool uh_builder_has_names(const struct uh_builder *builder)
{
	struct uh_builder_route *const *entry = builder->entries.items;

	for (size_t i = 0; i < builder->entries.count; i++)
		if (entry[i]->name)
			return true;
	return false;
}

int uh_builder_source(struct uh_builder *builder, const char *path, enum uh_source_kind kind,
		      const struct uh_stamp *stamp)
{
	const struct uh_interned *text = uh_intern_text(builder->texts, path);
	struct uh_given_source *source;

	source = text ? uh_array_add(&builder->sources, 1, sizeof(*source)) : NULL;
	if (!source)
		return -1;
	*source = (struct uh_given_source){*stamp, text, kind};
	return 0;
}

/*
 * Two routes with equal keys match the same connections, except for their protocols. Keys are
 * compared as bytes, so one is zeroed before it is filled.
 */
struct key {
	struct uh_destination destination;
	const struct uh_interned *programs, *users;
};

/* Returns the interned key of the route; its value is the list of the routes with that key. */
static struct uh_interned *key_of(struct uh_builder *builder,
				  const struct uh_builder_route *entry)
{
	struct key key;

	memset(&key, 0, sizeof(key));
	key.destination.address = entry->destination.address;
	key.destination.first_port = entry->destination.first_port;
	key.destination.last_port = entry->destination.last_port;
	key.destination.prefix_length = entry->destination.prefix_length;
	key.programs = entry->programs;
	key.users = entry->users;
	return uh_intern(builder->keys, &key, sizeof(key));
}

/*
 * True if two routes of one key, in the order of reading, may not both be there: they have one
 * rank, or the first does not come from an earlier file than the one that replaces it.
 */
static bool contradict(const struct uh_builder_route *first,
		       const struct uh_builder_route *second)
{
	if (first->rank == second->rank)
		return true;
	if (first->rank == UH_RANK_INLINE || second->rank == UH_RANK_INLINE)
		return false;
	return first->rank > second->rank || first->file == second->file;
}

/*
 * Returns a route of the list that contradicts this one, which has a protocol in common with
 * it. NULL if there is none.
 */
static const struct uh_builder_route *rival(const struct uh_builder_route *same,
					    const struct uh_builder_route *entry)
{
	for (; same; same = same->same)
		if ((same->given & entry->given) && contradict(same, entry))
			return same;
	return NULL;
}

/*
 * A route takes its protocols from the routes of the list with a lower rank, in either order of
 * arrival. Warns of one that should replace a route, and replaces none.
 */
static void settle(struct uh_builder *builder, struct uh_builder_route *same,
		   struct uh_builder_route *entry)
{
	bool replaced = false;

	for (; same; same = same->same) {
		replaced |= same->rank < entry->rank && (same->given & entry->given);
		if (same->rank > entry->rank)
			entry->protocol &= (uint8_t)~same->given;
		else if (same->rank < entry->rank)
			same->protocol &= (uint8_t)~entry->given;
	}
	if (entry->rank == UH_RANK_REPLACES && !replaced)
		uh_builder_route_warn(
		    builder, entry,
		    "route \"%.80s\" with override replaces nothing; expected "
		    "a route for the same thing in a file that is read earlier",
		    (const char *)entry->text->bytes);
}

/* True if override would make the second of two routes, in the order of reading, sound. */
static bool may_replace(const struct uh_builder_route *first,
			const struct uh_builder_route *second)
{
	return first->rank == UH_RANK_PLAIN && second->rank == UH_RANK_PLAIN &&
	       first->file != second->file;
}

/* Adds the route to the list of its key. On failure it still belongs to the caller. */
static int insert(struct uh_builder *builder, struct uh_builder_route *entry)
{
	struct uh_interned *key = key_of(builder, entry);
	const struct uh_builder_route *first;
	struct uh_builder_route **added;
	char place[UH_PLACE];

	if (!key)
		return -1;
	first = rival(key->value, entry);
	if (first) {
		uh_builder_route_fault(
		    builder, entry,
		    "route \"%.80s\" is already given at %s; expected one route for the same "
		    "address, ports, protocol, programs and users%s",
		    (const char *)entry->text->bytes, uh_builder_route_place(first, place),
		    may_replace(first, entry) ? ", or override = yes here" : "");
		errno = EEXIST;
		return -1;
	}
	added = uh_array_add(&builder->entries, 1, sizeof(*added));
	if (!added)
		return -1;
	settle(builder, key->value, entry);
	entry->same = key->value;
	key->value = entry;
	*added = entry;
	return 0;
}

int uh_builder_add(struct uh_builder *builder, const struct uh_route *route, bool overrides)
{
	struct uh_builder_route *entry = uh_builder_route_new(builder, route);

	if (!entry)
		return -1;
	if (overrides)
		entry->rank = UH_RANK_INLINE;
	if (insert(builder, entry) == 0)
		return 0;
	free(entry);
	return -1;
}

int uh_builder_check(struct uh_builder *builder, const struct uh_route *route)
{
	struct uh_builder_route *entry = uh_builder_route_new(builder, route);

	free(entry);
	return entry ? 0 : -1;
}

/* Sorts the routes that still have a protocol. False with errno ENOMEM. */
static bool sort_entries(const struct uh_builder *builder, struct uh_layout *layout)
{
	struct uh_builder_route *const *entry = builder->entries.items;

	/* One more element than needed, because malloc(0) may return NULL. */
	layout->entry =
	    malloc((builder->entries.count + 1) * sizeof(struct uh_builder_route *));
	if (!layout->entry)
		return false;
	for (size_t i = 0; i < builder->entries.count; i++)
		if (entry[i]->protocol)
			layout->entry[layout->entries++] = entry[i];
	qsort(layout->entry, layout->entries, sizeof(*entry), uh_builder_route_compare);
	return true;
}

/*
 * Two routes are ambiguous if port ranges of one width overlap: neither is more specific. They
 * are neighbours in the order: the same node, width, programs and users, and a rising first
 * port.
 */
static void report_ambiguous(struct uh_builder *builder, const struct uh_layout *layout)
{
	const struct uh_builder_route *last[2] = {NULL, NULL};
	char place[UH_PLACE];

	for (size_t i = 0; i < layout->entries; i++) {
		const struct uh_builder_route *entry = layout->entry[i], *first = NULL;

		for (int bit = 0; bit < 2; bit++) {
			if (!(entry->protocol & (UH_TCP << bit)))
				continue;
			if (last[bit] && uh_builder_route_is_ambiguous(last[bit], entry))
				first = last[bit];
			last[bit] = entry;
		}
		if (first)
			uh_builder_route_fault(
			    builder, entry,
			    "ports of route \"%.80s\" overlap those of \"%.80s\" (%s) with a "
			    "range of equal size; expected one range inside the other, or no "
			    "overlap",
			    (const char *)entry->text->bytes, (const char *)first->text->bytes,
			    uh_builder_route_place(first, place));
	}
}

/*
 * Makes the image and reports the faults that only the whole set of routes shows. NULL with
 * errno if the image must not be used.
 */
static void *make(struct uh_builder *builder, struct uh_layout *layout, size_t *size)
{
	void *image;

	if (!sort_entries(builder, layout))
		return NULL;
	report_ambiguous(builder, layout);
	if (!uh_layout_make(layout) || !uh_stand_ins_assign(builder, layout))
		return NULL;
	image = uh_image_write(builder, layout, size);
	if (!image)
		return NULL;
	if (uh_target_loops_report(builder, layout, image) && !builder->faulty &&
	    mprotect(image, *size, PROT_READ) == 0)
		return image;
	if (builder->faulty)
		errno = EINVAL;
	int error = errno;
	munmap(image, *size);
	errno = error;
	return NULL;
}

/*
 * A builder can be finished more than once: only the layout is made here, and it is freed here.
 */
void *uh_builder_finish(struct uh_builder *builder, size_t *size)
{
	struct uh_layout layout = {0};
	void *image = make(builder, &layout, size);
	int error = errno;

	free(layout.entry);
	free(layout.lengths.items);
	free(layout.nodes.items);
	free(layout.segments.items);
	free(layout.cells.items);
	errno = error;
	return image;
}
