/* SPDX-License-Identifier: MIT */
/* kernel_status.c: `unhairpin kernel status`. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command/cli/columns.h"
#include "command/cli/diag.h"
#include "command/cli/json.h"
#include "kernel.h"

#define MOST_PROGRAMS 64 /* of one hook of one cgroup: BPF_CGROUP_MAX_PROGS */
#define TIME_TEXT 32

/* The facts of one attachment's table. */
struct facts {
	uint32_t routes, carried;
	uint64_t loaded; /* seconds since 1970; 0: no table */
	char file[PATH_MAX];
};

static struct facts facts_of(const struct uh_attachment *attachment)
{
	struct facts facts = {0};
	struct uh_attached_table table;

	if (attachment->state != UH_ATTACHED ||
	    !uh_attached_table_open(attachment, false, &table))
		return facts;
	facts.routes = table.rows.row->header.routes;
	facts.carried = table.rows.row->header.carried;
	facts.loaded = table.rows.row[UH_ORIGIN_ROW].origin.loaded;
	snprintf(facts.file, sizeof(facts.file), "%s",
		 uh_rows_text(&table.rows, table.rows.row[UH_ORIGIN_ROW].origin.file));
	uh_attached_table_close(&table);
	return facts;
}

static const char *shown(const struct uh_attachment *attachment)
{
	return *attachment->cgroup.path ? uh_cgroup_shown(&attachment->cgroup) : "";
}

/* Of a cgroup that is gone, the name of its directory in bpffs is left. */
static const char *shown_or_left(const struct uh_attachment *attachment)
{
	const char *slash = strrchr(attachment->directory, '/');

	return *attachment->cgroup.path ? shown(attachment)
	       : slash			? slash + 1
					: attachment->directory;
}

static void format_time(uint64_t seconds, char text[TIME_TEXT])
{
	time_t when = (time_t)seconds;
	struct tm local;

	*text = '\0';
	if (seconds && localtime_r(&when, &local))
		strftime(text, TIME_TEXT, "%Y-%m-%d %H:%M:%S", &local);
}

static bool print_table(const struct uh_attachments *list, bool headings)
{
	static const char *const title[] = {"CGROUP", "ROUTES", "CARRIED",
					    "LOADED", "FILE",	"STATE"};
	static const bool right[] = {false, true, true, false, false, false};
	struct uh_columns *columns = uh_columns_new(headings ? title : NULL, right, 6);
	char time[TIME_TEXT];
	bool good;

	for (size_t i = 0; i < list->count; i++) {
		const struct uh_attachment *attachment = &list->attachment[i];
		struct facts facts = facts_of(attachment);

		format_time(facts.loaded, time);
		uh_columns_add(columns, UH_PLAIN, "%s", shown_or_left(attachment));
		uh_columns_add(columns, UH_PLAIN, "%u", facts.routes);
		uh_columns_add(columns, UH_PLAIN, "%u", facts.carried);
		uh_columns_add(columns, UH_PLAIN, "%s", time);
		uh_columns_add(columns, UH_PLAIN, "%s", facts.file);
		uh_columns_add(columns, attachment->state == UH_ATTACHED ? UH_GOOD : UH_BAD,
			       "%s", uh_attachment_state_text(attachment->state));
	}
	good = uh_columns_print(columns, stdout, uh_has_colours(stdout));
	uh_columns_free(columns);
	if (!good)
		uh_error("%s", strerror(ENOMEM));
	return good;
}

/* The programs of one hook that run for a cgroup, in the kernel's order. */
struct order {
	uint32_t id[MOST_PROGRAMS];
	char name[MOST_PROGRAMS][BPF_OBJ_NAME_LEN];
	uint32_t count;
	bool has_others;
};

static bool is_ours(const char *name, int hook)
{
	return strncmp(name, "uh_", 3) == 0 && strcmp(name + 3, uh_hook_name[hook]) == 0;
}

static bool read_order(int cgroup, int hook, struct order *order)
{
	uint32_t flags;

	*order = (struct order){.count = MOST_PROGRAMS};
	if (bpf_prog_query(cgroup, (enum bpf_attach_type)uh_hook_type[hook],
			   BPF_F_QUERY_EFFECTIVE, &flags, order->id, &order->count) != 0)
		return false;
	for (uint32_t i = 0; i < order->count; i++) {
		struct bpf_prog_info info = {0};
		uint32_t size = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(order->id[i]);

		if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0)
			strcpy(order->name[i], info.name);
		if (fd >= 0)
			close(fd);
		order->has_others |= !is_ours(order->name[i], hook);
	}
	return true;
}

/* Prints the order of the programs of a hook that has programs of others. */
static void print_order(const struct uh_attachment *attachment, int hook,
			const struct order *order)
{
	printf("%s: %s runs", shown(attachment), uh_hook_name[hook]);
	for (uint32_t i = 0; i < order->count; i++)
		printf("%s %s (%u%s)", i ? ", then" : "",
		       *order->name[i] ? order->name[i] : "unnamed", order->id[i],
		       is_ours(order->name[i], hook) ? "" : ", not unhairpin's");
	printf("\n");
}

static json_t *order_json(const struct order *order)
{
	json_t *programs = json_array();

	for (uint32_t i = 0; i < order->count; i++)
		json_array_append_new(programs,
				      json_pack("{s:i, s:o}", "id", (int)order->id[i], "name",
						uh_json_string(order->name[i])));
	return programs;
}

/* Calls visit for each hook of the attachment's cgroup with the order of its programs. */
static void each_order(const struct uh_attachment *attachment,
		       void (*visit)(void *context, const struct uh_attachment *attachment,
				     int hook, const struct order *order),
		       void *context)
{
	struct order order;
	int cgroup = -1;

	if (*attachment->cgroup.path)
		cgroup = open(attachment->cgroup.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int hook = 0; cgroup >= 0 && hook < UH_HOOKS; hook++)
		if (read_order(cgroup, hook, &order))
			visit(context, attachment, hook, &order);
	if (cgroup >= 0)
		close(cgroup);
}

static void visit_text(void *context, const struct uh_attachment *attachment, int hook,
		       const struct order *order)
{
	(void)context;
	if (order->has_others)
		print_order(attachment, hook, order);
}

static void visit_json(void *context, const struct uh_attachment *attachment, int hook,
		       const struct order *order)
{
	(void)attachment;
	json_object_set_new(context, uh_hook_name[hook], order_json(order));
}

static bool print_json(const struct uh_attachment *attachment)
{
	struct facts facts = facts_of(attachment);
	json_t *hooks = json_object();

	each_order(attachment, visit_json, hooks);
	return uh_json_print(
	    stdout,
	    json_pack(
		"{s:o, s:I, s:b, s:s, s:I, s:I, s:o, s:o, s:o}", "cgroup",
		uh_json_string(*shown(attachment) ? shown(attachment) : NULL), "id",
		(json_int_t)attachment->cgroup.id, "enabled", attachment->state == UH_ATTACHED,
		"state", uh_attachment_state_text(attachment->state), "routes",
		(json_int_t)facts.routes, "carried", (json_int_t)facts.carried, "loaded",
		facts.loaded ? json_integer((json_int_t)facts.loaded) : json_null(), "file",
		uh_json_string(*facts.file ? facts.file : NULL), "programs", hooks));
}

static bool print(const struct uh_attachments *list, bool json, bool headings)
{
	bool good = true;

	if (list->count == 0) {
		if (!json)
			printf("not enabled\n");
		return true;
	}
	if (!json && !print_table(list, headings))
		return false;
	for (size_t i = 0; good && i < list->count; i++)
		if (json)
			good = print_json(&list->attachment[i]);
		else
			each_order(&list->attachment[i], visit_text, NULL);
	return good;
}

int uh_kernel_status(bool json, bool headings)
{
	struct uh_attachments list;
	int status = UH_KERNEL_DONE;

	if (!uh_kernel_attachments(&list))
		return UH_KERNEL_WRONG_USE;
	if (!print(&list, json, headings))
		status = UH_KERNEL_WRONG_USE;
	else if (list.count == 0)
		status = UH_KERNEL_FAILED;
	for (size_t i = 0; i < list.count && status == UH_KERNEL_DONE; i++)
		if (list.attachment[i].state != UH_ATTACHED)
			status = UH_KERNEL_BROKEN;
	uh_attachments_free(&list);
	return status;
}
