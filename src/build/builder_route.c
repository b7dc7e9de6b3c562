/* SPDX-License-Identifier: MIT */
/* builder_route.c: makes the builder's form of a route, and defines the routes' order. */
#include "builder_route.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hostname.h"
#include "route_text.h"
#include "table/path_template.h"

char *uh_builder_route_place(const struct uh_builder_route *entry, char *text)
{
	const char *file = entry->file->bytes;

	if (*file && entry->line)
		snprintf(text, UH_PLACE, "%s:%u", file, entry->line);
	else
		snprintf(text, UH_PLACE, "%s", *file ? file : "another place");
	return text;
}

/* After a fault the builder returns no image, even if the caller ignores the error. */
static void report(struct uh_builder *builder, const struct uh_fault *fault)
{
	builder->faulty |= !fault->warning;
	if (builder->report.fault)
		builder->report.fault(builder->report.context, fault);
}

static void report_list(struct uh_builder *builder, const struct uh_builder_route *entry,
			bool warning, const char *format, va_list arguments)
{
	const char *file = entry->file->bytes;
	char text[1024];

	vsnprintf(text, sizeof(text), format, arguments);
	report(builder, &(struct uh_fault){.warning = warning,
					   .file = *file ? file : NULL,
					   .line = entry->line,
					   .position = entry->position,
					   .text = text});
}

void uh_builder_route_fault(struct uh_builder *builder, const struct uh_builder_route *entry,
			    const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_list(builder, entry, false, format, arguments);
	va_end(arguments);
}

void uh_builder_route_warn(struct uh_builder *builder, const struct uh_builder_route *entry,
			   const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_list(builder, entry, true, format, arguments);
	va_end(arguments);
}

/* Returns how many of the route's targets are of the kind. */
static size_t count_targets(const struct uh_route *route, enum uh_target_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < route->targets; i++)
		count += route->target[i].kind == kind;
	return count;
}

/* True if a target is a multicast address or 255.255.255.255. */
static bool has_group(const struct uh_route *route)
{
	for (size_t i = 0; i < route->targets; i++) {
		const struct uh_target *target = &route->target[i];

		if (target->kind == UH_TARGET_IP && uh_address_is_group(&target->ip.address))
			return true;
	}
	return false;
}

/* Returns what is wrong with the targets, or NULL. */
static const char *wrong_targets(const struct uh_route *route)
{
	size_t to_unix = count_targets(route, UH_TARGET_UNIX);

	if (route->targets == 0)
		return "route has no target; expected to = …";
	if (count_targets(route, UH_TARGET_DIRECT) && route->targets > 1)
		return "\"direct\" beside other targets; expected \"direct\" alone";
	if (count_targets(route, UH_TARGET_REFUSE) && route->targets > 1)
		return "\"refuse\" beside other targets; expected \"refuse\" alone";
	/*
	 * For protocol "any" a Unix target takes the streams; datagrams go to the next target.
	 */
	if (to_unix && route->protocol == UH_UDP)
		return "a Unix target is for streams only; expected an IP target for "
		       "protocol \"udp\"";
	if (route->protocol == UH_TCP && has_group(route))
		return "a multicast or broadcast address takes no connections; expected one "
		       "host, or protocol \"udp\"";
	if (route->peer_users.count && !to_unix)
		return "peer_user without a Unix target; expected a Unix target, because only "
		       "a Unix socket tells who runs it";
	if (route->proxy_protocol && to_unix < route->targets)
		return "proxy_protocol with a target that is not a Unix socket; expected Unix "
		       "targets alone, because a non-blocking TCP connection cannot carry the "
		       "header";
	return NULL;
}

/*
 * True if every Unix target's path is short enough for all connections of the route, else false
 * with the reason in why (UH_WHY bytes).
 */
static bool paths_fit(const struct uh_route *route, char *why)
{
	for (size_t i = 0; i < route->targets; i++) {
		const struct uh_target *target = &route->target[i];
		char text[UH_TARGET_TEXT];
		size_t longest;

		if (target->kind != UH_TARGET_UNIX)
			continue;
		longest =
		    uh_path_longest(target->path, target->path_length, &route->destination);
		if (longest <= UH_PATH_MAX)
			continue;
		uh_target_format(target, text);
		return uh_because(
		    why, UH_QUOTE "%s gives paths of up to %zu bytes; expected at most %d",
		    text, strlen(text) > UH_QUOTED ? "…" : "", longest, UH_PATH_MAX);
	}
	return true;
}

/* Lists of targets are compared as bytes, so a target is zeroed before it is filled. */
static bool convert_target(struct uh_builder *builder, const struct uh_target *from,
			   struct uh_table_target *to)
{
	const struct uh_interned *path;

	*to = (struct uh_table_target){.kind = from->kind};
	if (from->kind == UH_TARGET_IP) {
		to->address = from->ip.address;
		to->scope_id = from->ip.scope_id;
		to->port = from->ip.port;
	}
	if (from->kind != UH_TARGET_UNIX)
		return true;
	path = uh_intern(builder->texts, from->path, from->path_length);
	if (!path)
		return false;
	to->path = (uint32_t)path->offset;
	to->path_length = from->path_length;
	return true;
}

/* Interns the list of targets: many routes share few lists. */
static const struct uh_interned *put_targets(struct uh_builder *builder,
					     const struct uh_route *route)
{
	struct uh_table_target *list = calloc(route->targets, sizeof(*list));
	const struct uh_interned *interned = NULL;
	size_t i = 0;

	while (list && i < route->targets &&
	       convert_target(builder, &route->target[i], &list[i]))
		i++;
	if (list && i == route->targets)
		interned = uh_intern(builder->targets, list, i * sizeof(*list));
	free(list);
	return interned;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/*
 * Joins the globs, sorted, each once, with their NULs, so that equal sets give equal bytes.
 * *count is their number.
 */
static char *join(const struct uh_texts *texts, size_t *size, size_t *count)
{
	const char **sorted = malloc(texts->count * sizeof(*sorted));
	char *joined = NULL;

	*size = *count = 0;
	if (!sorted)
		return NULL;
	memcpy(sorted, texts->text, texts->count * sizeof(*sorted));
	qsort(sorted, texts->count, sizeof(*sorted), compare_texts);
	for (size_t i = 0; i < texts->count; i++)
		*size += strlen(sorted[i]) + 1;
	joined = malloc(*size);
	*size = 0;
	for (size_t i = 0; joined && i < texts->count; i++) {
		if (i > 0 && strcmp(sorted[i - 1], sorted[i]) == 0)
			continue;
		memcpy(joined + *size, sorted[i], strlen(sorted[i]) + 1);
		*size += strlen(sorted[i]) + 1;
		++*count;
	}
	free(sorted);
	return joined;
}

/* The joined globs identify the condition; look-ups read its verdict. */
static bool put_programs(struct uh_builder *builder, const struct uh_texts *programs,
			 struct uh_builder_route *entry)
{
	struct uh_condition condition;
	size_t size, count;
	char *joined;

	if (programs->count == 0)
		return true;
	joined = join(programs, &size, &count);
	if (joined)
		entry->programs = uh_intern(builder->texts, joined, size);
	free(joined);
	if (!entry->programs)
		return false;
	condition = (struct uh_condition){(uint32_t)entry->programs->offset, (uint32_t)count};
	entry->condition = uh_intern(builder->conditions, &condition, sizeof(condition));
	return entry->condition != NULL;
}

static int compare_users(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uh_user));
}

/*
 * Interns the users, sorted, each once, with excluded 0 or 1, so that equal sets give equal
 * bytes.
 */
static bool put_users(struct uh_builder *builder, const struct uh_users *users,
		      const struct uh_interned **interned)
{
	struct uh_user *sorted;
	size_t unique = 0;

	if (users->count == 0)
		return true;
	sorted = malloc(users->count * sizeof(*sorted));
	if (!sorted)
		return false;
	memcpy(sorted, users->user, users->count * sizeof(*sorted));
	for (size_t i = 0; i < users->count; i++)
		sorted[i].excluded = sorted[i].excluded != 0;
	qsort(sorted, users->count, sizeof(*sorted), compare_users);
	for (size_t i = 0; i < users->count; i++)
		if (i == 0 || compare_users(&sorted[unique - 1], &sorted[i]) != 0)
			sorted[unique++] = sorted[i];
	*interned = uh_intern(builder->users, sorted, unique * sizeof(*sorted));
	free(sorted);
	return *interned != NULL;
}

static bool put_name(struct uh_builder *builder, const struct uh_route *route,
		     struct uh_builder_route *entry)
{
	char name[UH_NAME_MAX + 1];

	if (!uh_destination_is_name(&route->destination))
		return true;
	if (uh_destination_name(route->text, name))
		entry->name = uh_intern_text(builder->texts, name);
	return entry->name != NULL;
}

/* On failure the interners keep what was added to them, until the builder is freed. */
static bool fill(struct uh_builder *builder, const struct uh_route *route,
		 struct uh_builder_route *entry)
{
	entry->destination = route->destination;
	entry->given = entry->protocol = (uint8_t)route->protocol;
	entry->on_failure =
	    (uint8_t)(route->target[0].kind == UH_TARGET_REFUSE ? UH_REFUSE
								: route->on_failure);
	entry->proxy_protocol = (uint8_t)route->proxy_protocol;
	entry->targets = (uint32_t)route->targets;
	entry->rank = route->replaces ? UH_RANK_REPLACES : UH_RANK_PLAIN;
	entry->line = route->line;
	entry->position = route->position;
	entry->text = uh_intern_text(builder->texts, route->text);
	entry->file = uh_intern_text(builder->texts, route->file);
	entry->target = put_targets(builder, route);
	return entry->text && entry->file && entry->target && put_name(builder, route, entry) &&
	       put_programs(builder, &route->programs, entry) &&
	       put_users(builder, &route->users, &entry->users) &&
	       put_users(builder, &route->peer_users, &entry->peers);
}

struct uh_builder_route *uh_builder_route_new(struct uh_builder *builder,
					      const struct uh_route *route)
{
	const char *wrong = wrong_targets(route);
	struct uh_builder_route *entry;
	char why[UH_WHY];

	if (!wrong && !paths_fit(route, why))
		wrong = why;
	if (wrong) {
		report(builder, &(struct uh_fault){.file = route->file,
						   .line = route->line,
						   .position = route->position,
						   .text = wrong});
		errno = EINVAL;
		return NULL;
	}
	entry = calloc(1, sizeof(*entry));
	if (entry && fill(builder, route, entry))
		return entry;
	free(entry);
	errno = ENOMEM;
	return NULL;
}

/* Returns the number of ports less one. */
static unsigned width(const struct uh_builder_route *entry)
{
	return entry->destination.last_port - entry->destination.first_port;
}

/* Returns how many of the two kinds of condition (programs, users) the route has. */
static int conditions(const struct uh_builder_route *entry)
{
	return !!entry->programs + !!entry->users;
}

/* Compares interned lists by content. A list comes before no list (NULL). */
static int compare_pieces(const struct uh_interned *a, const struct uh_interned *b)
{
	size_t shorter;
	int order;

	if (a == b || !a || !b)
		return !a - !b;
	shorter = a->size < b->size ? a->size : b->size;
	order = memcmp(a->bytes, b->bytes, shorter);
	return order ? order : (a->size > b->size) - (a->size < b->size);
}

/* Longer prefixes come first, because a look-up tries them first. */
static int compare_nodes(const struct uh_destination *a, const struct uh_destination *b)
{
	if (a->prefix_length != b->prefix_length)
		return b->prefix_length - a->prefix_length;
	return memcmp(&a->address, &b->address, sizeof(a->address));
}

/* Compares everything except first port and protocol. */
static int compare_classes(const struct uh_builder_route *a, const struct uh_builder_route *b)
{
	int order = compare_nodes(&a->destination, &b->destination);

	if (order)
		return order;
	if (width(a) != width(b))
		return width(a) < width(b) ? -1 : 1;
	if (conditions(a) != conditions(b))
		return conditions(b) - conditions(a);
	order = compare_pieces(a->programs, b->programs);
	return order ? order : compare_pieces(a->users, b->users);
}

int uh_builder_route_compare(const void *a, const void *b)
{
	const struct uh_builder_route *first = *(struct uh_builder_route *const *)a;
	const struct uh_builder_route *second = *(struct uh_builder_route *const *)b;
	int order = compare_classes(first, second);

	if (order)
		return order;
	if (first->destination.first_port != second->destination.first_port)
		return first->destination.first_port < second->destination.first_port ? -1 : 1;
	return first->protocol - second->protocol;
}

bool uh_builder_route_is_ambiguous(const struct uh_builder_route *first,
				   const struct uh_builder_route *second)
{
	return compare_classes(first, second) == 0 &&
	       second->destination.first_port <= first->destination.last_port;
}
