/* SPDX-License-Identifier: MIT */
/* describe.c: describes routes and targets as text for people. */
#include <stdarg.h>

#include "base/format.h"
#include "section.h"
#include "table.h"

/* The text so far; anything beyond size is cut. */
struct text {
	char *bytes;
	size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format,
						      ...)
{
	va_list arguments;

	va_start(arguments, format);
	text->used += uh_format_list(text->bytes + text->used, text->size - text->used, format,
				     arguments);
	va_end(arguments);
}

static void add_programs(struct text *text, const struct uh_table *table, uint32_t programs)
{
	const struct uh_condition *condition = uh_item(table, UH_CONDITIONS, programs);
	uint32_t at = condition ? condition->text : 0;
	const char *glob;

	for (uint32_t i = 0;
	     condition && i < condition->count && (glob = uh_item(table, UH_TEXTS, at)); i++) {
		add(text, "%s%s", i ? "," : " programs=", glob);
		at += (uint32_t)strlen(glob) + 1;
	}
}

static void add_users(struct text *text, const struct uh_table *table,
		      const struct uh_table_route *route)
{
	const struct uh_user *user = uh_items(table, UH_USERS, route->users, route->user_count);

	for (uint32_t i = 0; user && i < route->user_count; i++)
		add(text, "%s%s%u", i ? "," : " users=", user[i].excluded ? "!" : "",
		    (unsigned)user[i].id);
}

void uh_table_describe(const struct uh_table *table, const struct uh_table_route *route,
		       char *text, size_t size)
{
	static const char *const protocol[] = {"", "", " udp", " any"};
	struct text all = {text, size, 0};

	add(&all, "%s%s", uh_table_text(table, route->text),
	    protocol[route->protocol & UH_ANY]);
	if (route->programs != UH_NONE)
		add_programs(&all, table, route->programs);
	add_users(&all, table, route);
}

static void add_ip(struct text *text, const struct uh_table_target *target)
{
	const struct uh_endpoint ip = {target->address, target->scope_id, target->port};
	char whole[UH_ENDPOINT_TEXT];

	add(text, "%s",
	    ip.port ? uh_endpoint_format(&ip, whole) : uh_address_format(&ip.address, whole));
}

void uh_table_describe_target(const struct uh_table *table,
			      const struct uh_table_target *target, char *text, size_t size)
{
	struct text all = {text, size, 0};
	const char *path;
	bool abstract;

	switch (target->kind) {
	case UH_TARGET_UNIX:
		path = uh_table_template(table, target);
		abstract = *path == '\0';
		add(&all, "unix:%s%.*s", abstract ? "@" : "", target->path_length - abstract,
		    path + abstract);
		break;
	case UH_TARGET_IP:
		add_ip(&all, target);
		break;
	default:
		add(&all, "%s", target->kind == UH_TARGET_REFUSE ? "refuse" : "direct");
	}
}
