/* SPDX-License-Identifier: MIT */
/* layout.h: the builder's structures, shared by the steps from routes to an image. */
#ifndef UH_LAYOUT_H
#define UH_LAYOUT_H

#include "base/array.h"
#include "builder.h"
#include "table/section.h"
#include "intern.h"

/* A route of a higher rank takes the place of equal ones of lower ranks. */
enum uh_rank {
	UH_RANK_PLAIN,
	UH_RANK_REPLACES, /* only those of files that were read earlier */
	UH_RANK_INLINE,
};

/*
 * A route in the builder. Texts and lists of targets, globs and users are interned, so routes
 * share them.
 */
struct uh_builder_route {
	struct uh_destination destination;
	uint8_t given;	  /* enum uh_protocol of the route as written */
	uint8_t protocol; /* given, less the protocols of routes of higher rank; may be 0 */
	uint8_t on_failure, proxy_protocol;
	uint8_t rank; /* enum uh_rank */
	uint32_t targets;
	unsigned line;
	struct uh_position position;
	const struct uh_interned *text, *file, *target;
	const struct uh_interned *name;	     /* the canonical name, or NULL for an address */
	const struct uh_interned *programs;  /* sorted globs with their NULs, or NULL */
	const struct uh_interned *condition; /* struct uh_condition, or NULL */
	const struct uh_interned *users;     /* sorted struct uh_user, or NULL */
	const struct uh_interned *peers;     /* as users */
	struct uh_builder_route *same;	     /* next with the same key and other protocols */
};

struct uh_given_source {
	struct uh_stamp stamp;
	const struct uh_interned *path;
	uint32_t kind;
};

struct uh_builder {
	struct uh_fault_reporter report;
	bool faulty; /* a fault was reported: uh_builder_finish returns no image */
	struct uh_interner *texts, *targets, *conditions, *users;
	struct uh_interner *keys; /* struct key; value: a list of struct uh_builder_route */
	struct uh_array entries;
	struct uh_array interfaces; /* struct uh_address */
	struct uh_array sources;    /* struct uh_given_source */
	struct uh_table_settings settings;
	const struct uh_interned *log_to, *publics, *inline_routes;
};

/* Reports a fault at the file and line of the route. */
void uh_builder_route_fault(struct uh_builder *builder, const struct uh_builder_route *entry,
			    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Reports a warning likewise. The table can still be used. */
void uh_builder_route_warn(struct uh_builder *builder, const struct uh_builder_route *entry,
			   const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Writes "FILE:LINE" of a route into text of UH_PLACE bytes, and returns text. */
#define UH_PLACE 256
char *uh_builder_route_place(const struct uh_builder_route *entry, char *text);

/*
 * The arrays that become sections of the image. entry has "entries" routes, most specific
 * first; the array is owned, the routes are the builder's. names: how many nodes are names.
 */
struct uh_layout {
	struct uh_builder_route **entry;
	size_t entries, names;
	struct uh_array lengths, nodes, segments, cells;
};

/* Fills the layout's arrays from its routes. False with errno ENOMEM. */
bool uh_layout_make(struct uh_layout *layout);

/*
 * Adds the nodes of the names' stand-ins to the layout, and counts the names. Reports a name
 * for which no address is left. False with errno ENOMEM.
 */
bool uh_stand_ins_assign(struct uh_builder *builder, struct uh_layout *layout);

/* Writes the image of the layout. Returns as uh_builder_finish does, but reports nothing. */
void *uh_image_write(const struct uh_builder *builder, const struct uh_layout *layout,
		     size_t *size);

/*
 * Reports each target that is itself routed. table is the image of the layout. False with errno
 * ENOMEM.
 */
bool uh_target_loops_report(struct uh_builder *builder, const struct uh_layout *layout,
			    const struct uh_table *table);

#endif
