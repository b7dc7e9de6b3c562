/* SPDX-License-Identifier: MIT */
/* kernel_check.c: `unhairpin kernel check`, which changes nothing. */
#include "kernel_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/route_text.h"
#include "command/cli/columns.h"
#include "command/cli/diag.h"
#include "command/cli/json.h"
#include "command/inspect/local_addresses.h"
#include "flatten/carriable.h"
#include "kernel.h"
#include "kernel_features.h"
#include "kernel_table.h"
#include "refused_routes.h"
#include "rivals.h"
#include "route_notes.h"

#define ROUTE_TEXT 256
#define TARGETS_TEXT (2 * UH_ENDPOINT_TEXT + 2)

/* The state of a check. */
struct checking {
	const struct uh_table *table;
	struct uh_local_addresses own;
	bool *unreached; /* for each route */
	bool json;
	struct uh_columns *columns; /* without JSON */
	bool all_carried;
};

/* The verdict for a route, as it is shown. */
struct verdict {
	const struct uh_table_route *route;
	const char *kernel;
	bool is_carried;
	char text[ROUTE_TEXT], target[TARGETS_TEXT];
	json_t *notes;
};

static const char *kernel_text(const struct uh_table *table, const struct uh_table_route *route)
{
	if (uh_route_refusal(table, route))
		return "refused";
	switch (uh_route_carriable(table, route)) {
	case UH_CARRIED:
		return "carried";
	case UH_CARRIED_EXCEPTION:
		return "exception";
	default:
		return "not carried";
	}
}

static void format_ip_target(const struct uh_table *table, const struct uh_table_target *target,
			     char text[UH_ENDPOINT_TEXT])
{
	struct uh_target shown;
	char all[UH_TARGET_TEXT];

	uh_table_copy_target(table, target, NULL, &shown);
	snprintf(text, UH_ENDPOINT_TEXT, "%.*s", UH_ENDPOINT_TEXT - 1,
		 uh_target_format(&shown, all));
}

/* Writes the first target of each family in the order of the list, or the exception. */
static void format_targets(const struct uh_table *table, const struct uh_table_route *route,
			   char text[TARGETS_TEXT])
{
	uint32_t place[UH_FAMILIES];
	const struct uh_table_target *target[UH_FAMILIES];
	char one[UH_ENDPOINT_TEXT];
	bool ipv6_first;
	int length = 0;

	*text = '\0';
	if (uh_table_goes_direct(table, route) || uh_table_refuses(table, route)) {
		strcpy(text, uh_table_refuses(table, route) ? "refuse" : "direct");
		return;
	}
	for (int i = 0; i < UH_FAMILIES; i++)
		target[i] = uh_route_ip_target(table, route, (enum uh_family)i, &place[i]);
	ipv6_first = target[UH_IPV4] && target[UH_IPV6] && place[UH_IPV6] < place[UH_IPV4];
	for (int i = 0; i < UH_FAMILIES; i++) {
		int family = ipv6_first ? UH_FAMILIES - 1 - i : i;

		if (!target[family])
			continue;
		format_ip_target(table, target[family], one);
		length += snprintf(text + length, TARGETS_TEXT - (size_t)length, "%s%s",
				   length ? ", " : "", one);
	}
}

/* Returns false if memory ran out. verdict->notes is for json_decref(). */
static bool judge(struct checking *checking, uint32_t i, struct verdict *verdict)
{
	const struct uh_table *table = checking->table;
	const struct uh_table_route *route = uh_table_route(table, i);

	*verdict = (struct verdict){.route = route, .kernel = kernel_text(table, route)};
	verdict->is_carried =
	    !strcmp(verdict->kernel, "carried") || !strcmp(verdict->kernel, "exception");
	uh_table_describe(table, route, verdict->text, sizeof(verdict->text));
	if (uh_route_carriable(table, route) <= UH_CARRIED_EXCEPTION)
		format_targets(table, route, verdict->target);
	verdict->notes = uh_route_notes(table, route, &checking->own);
	if (!verdict->notes)
		return false;
	if (!checking->unreached[i])
		return true;
	verdict->is_carried = false;
	return json_array_append_new(
		   verdict->notes,
		   json_sprintf("for some connections more than %u routes with \"users\" are "
				"looked at first: the kernel leaves these connections alone",
				UH_CHAIN_MAX - 1)) == 0;
}

/* Returns the notes as one text for free(3), or NULL if memory ran out. */
static char *join(const json_t *notes)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	for (size_t i = 0; i < json_array_size(notes); i++)
		fprintf(stream, "%s%s", i ? "; " : "",
			json_string_value(json_array_get(notes, i)));
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

static bool add_row(struct checking *checking, const struct verdict *verdict)
{
	const struct uh_table_route *route = verdict->route;
	char *notes = join(verdict->notes);

	if (!notes)
		return false;
	uh_columns_add(checking->columns, UH_PLAIN, "%s", verdict->text);
	uh_columns_add(checking->columns, verdict->is_carried ? UH_GOOD : UH_BAD, "%s",
		       verdict->kernel);
	uh_columns_add(checking->columns, UH_PLAIN, "%s", verdict->target);
	uh_columns_add(checking->columns, UH_PLAIN, route->line ? "%s:%u" : "%s",
		       uh_table_text(checking->table, route->file), (unsigned)route->line);
	uh_columns_add(checking->columns, UH_PLAIN, "%s", notes);
	free(notes);
	return true;
}

static bool print_route_json(const struct checking *checking, const struct verdict *verdict)
{
	const struct uh_table_route *route = verdict->route;

	return uh_json_print(
	    stdout,
	    json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:O}", "kind", "route", "route",
		      uh_json_string(verdict->text), "kernel", verdict->kernel, "target",
		      uh_json_string(*verdict->target ? verdict->target : NULL), "file",
		      uh_json_string(uh_table_text(checking->table, route->file)), "line",
		      route->line ? json_integer(route->line) : json_null(), "notes",
		      verdict->notes));
}

/* Returns false if memory ran out. */
static bool check_route(struct checking *checking, uint32_t i)
{
	struct verdict verdict;
	bool good = judge(checking, i, &verdict);

	checking->all_carried &= verdict.is_carried;
	if (good && checking->json)
		good = print_route_json(checking, &verdict);
	else if (good)
		good = add_row(checking, &verdict);
	json_decref(verdict.notes);
	return good;
}

/* Returns false if memory ran out. */
static bool check_routes(struct checking *checking, bool headings)
{
	static const char *const title[] = {"ROUTE", "KERNEL", "TARGET", "FILE:LINE", "NOTE"};
	static const bool right[] = {false, false, false, false, false};
	bool good = true;

	if (!checking->json)
		checking->columns = uh_columns_new(headings ? title : NULL, right, 5);
	for (uint32_t i = 0; good && i < uh_table_routes(checking->table); i++)
		good = check_route(checking, i);
	if (good && !checking->json)
		good = uh_columns_print(checking->columns, stdout, uh_has_colours(stdout));
	uh_columns_free(checking->columns);
	return good;
}

static bool print_feature_json(const struct uh_kernel_features *features,
			       enum uh_kernel_feature feature)
{
	static const char *const state[] = {"present", "missing", "unknown"};
	bool is_missing = features->state[feature] == UH_FEATURE_MISSING;
	char text[UH_FEATURE_TEXT];

	return uh_json_print(
	    stdout,
	    json_pack("{s:s, s:s, s:s, s:b, s:s?, s:s?}", "kind", "feature", "feature",
		      uh_feature_name(feature), "state", state[features->state[feature]],
		      "needed", !uh_feature_is_optional(feature), "since",
		      uh_feature_since(feature), "text",
		      is_missing ? uh_feature_describe(features, feature, text) : NULL));
}

/* Returns false if memory ran out. */
static bool print_features(const struct uh_kernel_features *features, bool json)
{
	char text[UH_FEATURE_TEXT];
	bool good = true;

	for (int i = 0; good && i < UH_KERNEL_FEATURES; i++) {
		enum uh_kernel_feature feature = (enum uh_kernel_feature)i;

		if (json)
			good = print_feature_json(features, feature);
		else if (features->state[i] == UH_FEATURE_MISSING)
			printf("%s\n", uh_feature_describe(features, feature, text));
	}
	return good;
}

int uh_kernel_check(const struct uh_table *table, bool json, bool headings)
{
	struct checking checking = {.table = table, .json = json, .all_carried = true};
	struct uh_kernel_features features;
	bool good, all_there;

	checking.unreached = calloc(uh_table_routes(table) + 1, sizeof(bool));
	good = checking.unreached && uh_local_addresses_add_interfaces(&checking.own);
	if (good) {
		uh_routes_unreached(table, checking.unreached);
		good = check_routes(&checking, headings);
	}
	all_there = uh_kernel_features_probe(&features);
	good = good && print_features(&features, json);
	uh_local_addresses_free(&checking.own);
	free(checking.unreached);
	if (!good) {
		uh_error("%s", strerror(ENOMEM));
		return UH_KERNEL_WRONG_USE;
	}
	return checking.all_carried && all_there ? UH_KERNEL_DONE : UH_KERNEL_FAILED;
}
