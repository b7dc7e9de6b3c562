/* SPDX-License-Identifier: MIT */
/* kernel_cover.c: asks the attachments of the kernel back end about a subject. */
#include "kernel_cover.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command/attached/attachments.h"
#include "command/cli/diag.h"
#include "flatten/carriable.h"
#include "table/table.h"

#define SYSTEM_SLICE "system.slice" /* the default of Slice=: systemd.resource-control(5) */

/* True if the kernel carries a route of the table, or the table is not known. */
static bool can_help(const struct uh_table *table)
{
	if (!table)
		return true;
	for (uint32_t i = 0; i < uh_table_routes(table); i++)
		if (uh_route_carriable(table, uh_table_route(table, i)) == UH_CARRIED)
			return true;
	return false;
}

/* Returns the unit that a cgroup belongs to, or NULL. */
static const char *unit_of(const struct uh_cgroup *cgroup)
{
	const char *name = strrchr(cgroup->path, '/');
	size_t length = name ? strlen(++name) : 0;

	return length > 8 && strcmp(name + length - 8, ".service") == 0 ? name : NULL;
}

static void find(struct uh_kernel_cover *cover, const struct uh_cgroup *cgroup,
		 const char *unit, const struct uh_table *table)
{
	struct uh_attachments list;
	const struct uh_attachment *attachment = NULL;

	if (uh_attachments_read(&list) && cgroup)
		attachment = uh_attachment_of_cgroup(&list, cgroup);
	*cover = (struct uh_kernel_cover){.cgroup = ""};
	if (attachment)
		snprintf(cover->cgroup, sizeof(cover->cgroup), "%s",
			 uh_cgroup_shown(&attachment->cgroup));
	else if (can_help(table))
		snprintf(cover->command, sizeof(cover->command),
			 "unhairpin kernel enable%s%.*s", unit ? " " : "", NAME_MAX,
			 unit ? unit : "");
	uh_attachments_free(&list);
}

void uh_kernel_cover_of_process(struct uh_kernel_cover *cover, pid_t process,
				const struct uh_table *table)
{
	struct uh_cgroup cgroup;
	bool found = uh_cgroup_of_process(process, &cgroup);

	find(cover, found ? &cgroup : NULL, found && process ? unit_of(&cgroup) : NULL, table);
}

void uh_kernel_cover_of_unit(struct uh_kernel_cover *cover, const char *name,
			     const struct uh_table *table)
{
	const char *slash = strrchr(name, '/'), *unit = slash ? slash + 1 : name;
	struct uh_cgroup cgroup;
	bool found = uh_cgroup_find(unit, &cgroup) || uh_cgroup_find(SYSTEM_SLICE, &cgroup) ||
		     uh_cgroup_find(NULL, &cgroup);

	find(cover, found ? &cgroup : NULL, unit, table);
}

void uh_doctor_uncaught(struct uh_doctor_report *report, const char *subject,
			const char *format, ...)
{
	const struct uh_kernel_cover *kernel = report->kernel;
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (!text)
		uh_error("not enough memory");
	else if (kernel && *kernel->cgroup)
		uh_doctor_print(report, UH_CAUGHT, subject,
				"%.*s; but the kernel catches its connections (cgroup %s): "
				"those to IP targets are routed, those to Unix targets are not",
				(int)strcspn(text, ";"), text, kernel->cgroup);
	else if (kernel && *kernel->command)
		uh_doctor_print(report, UH_FAULT, subject,
				"%s, or run '%s', which catches it for routes with IP targets",
				text, kernel->command);
	else
		uh_doctor_print(report, UH_FAULT, subject, "%s", text);
	free(text);
}

/* True if the file has changed since the time, or is gone. */
static bool is_newer(const char *path, uint64_t time, bool directories_only)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return errno == ENOENT && !directories_only;
	return (!directories_only || S_ISDIR(status.st_mode)) &&
	       status.st_ctim.tv_sec > (time_t)time;
}

/*
 * Returns the first source of the routes of an attachment that has changed since they were
 * loaded, or NULL. The files that its configuration includes are known only if the
 * configuration is that of this examination. Other sources are /etc/passwd and directories; a
 * change of a directory may be a new file.
 */
static const char *changed_source(const struct uh_table *table, const char *file,
				  uint64_t loaded)
{
	if (*file && is_newer(file, loaded, false))
		return file;
	for (uint32_t i = 0; table && i < uh_table_sources(table); i++) {
		const struct uh_table_source *source = uh_table_source(table, i);
		const char *path = source ? uh_table_text(table, source->path) : "";

		if (source && source->kind == UH_SOURCE_MAIN && strcmp(path, file) != 0)
			return NULL;
		if (source && source->kind == UH_SOURCE_OFF && access(path, F_OK) != 0)
			continue;
		if (source && is_newer(path, loaded, source->kind == UH_SOURCE_OTHER))
			return path;
	}
	return NULL;
}

static void report_routes(struct uh_examination *examination,
			  const struct uh_attachment *attachment, const char *name)
{
	struct uh_attached_table attached;
	const struct uh_origin_row *origin;
	const char *file, *changed;

	if (!uh_attached_table_open(attachment, false, &attached))
		return;
	origin = &attached.rows.row[UH_ORIGIN_ROW].origin;
	file = uh_rows_text(&attached.rows, origin->file);
	changed = changed_source(examination->table, file, origin->loaded);
	if (changed)
		uh_doctor_print(&examination->report, UH_NOTE, name,
				"has the routes that were loaded before %s was changed; run "
				"'unhairpin kernel reload'",
				changed);
	else
		uh_doctor_print(&examination->report, UH_OK, name,
				"the kernel routes the connections of the programs in this "
				"cgroup to IP targets, by %u route%s",
				attached.rows.row->header.routes,
				attached.rows.row->header.routes == 1 ? "" : "s");
	uh_attached_table_close(&attached);
}

static void report_attachment(struct uh_examination *examination,
			      const struct uh_attachment *attachment)
{
	char name[sizeof(attachment->directory) + 16];
	const char *cgroup =
	    *attachment->cgroup.path ? uh_cgroup_shown(&attachment->cgroup) : NULL;

	snprintf(name, sizeof(name), "%s%s", cgroup ? "cgroup " : "",
		 cgroup ? cgroup : attachment->directory);
	if (attachment->state == UH_ATTACHED)
		report_routes(examination, attachment, name);
	else
		uh_doctor_print(&examination->report, UH_PART, name,
				"%s; see 'unhairpin kernel status'",
				uh_attachment_state_text(attachment->state));
}

void uh_doctor_attachments(struct uh_examination *examination)
{
	struct uh_attachments list;

	if (!uh_attachments_read(&list) && (errno == EACCES || errno == EPERM))
		uh_doctor_print(&examination->report, UH_NOTE, "kernel",
				"this user may not see whether 'unhairpin kernel' is enabled; "
				"run doctor as root");
	for (size_t i = 0; i < list.count; i++)
		report_attachment(examination, &list.attachment[i]);
	uh_attachments_free(&list);
}
