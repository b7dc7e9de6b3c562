/* SPDX-License-Identifier: MIT */
/* kernel_enable.c: `unhairpin kernel enable` and `unhairpin kernel reload`. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/cli/diag.h"
#include "kernel.h"
#include "kernel_canary.h"
#include "kernel_features.h"
#include "kernel_programs.h"
#include "put_table.h"

/* Opens the map "table" of an attachment. Returns a descriptor, or -1 with errno. */
static int open_table(const struct uh_attachment *attachment)
{
	char path[PATH_MAX + 128];

	snprintf(path, sizeof(path), "%s/table", attachment->directory);
	return bpf_obj_get(path);
}

/* Replaces the table of an attachment. */
static bool replace_table(const struct uh_attachment *attachment, const struct uh_rows *rows)
{
	int table = open_table(attachment);
	bool good = table >= 0 && uh_kernel_table_put(table, rows);

	if (!good)
		uh_error("%s: the table cannot be replaced: %s; the old one stays",
			 uh_cgroup_shown(&attachment->cgroup), strerror(errno));
	if (table >= 0)
		close(table);
	return good;
}

/* Makes the directory of a new attachment. */
static bool make_directory(const struct uh_cgroup *cgroup, const char *folder,
			   struct uh_attachment *new)
{
	for (unsigned number = 0;; number++) {
		snprintf(new->directory, sizeof(new->directory), "%s/" UH_ATTACHMENT_NAME,
			 folder, (unsigned long long)cgroup->id, number);
		if (mkdir(new->directory, 0700) == 0)
			return true;
		if (errno == EEXIST)
			continue;
		uh_error("%s: %s", new->directory, strerror(errno));
		return false;
	}
}

/* Removes an attachment. Returns false on failure (reported). */
static bool removed(const struct uh_attachment *attachment)
{
	if (uh_attachment_remove(attachment))
		return true;
	uh_error("%s: %s", attachment->directory, strerror(errno));
	return false;
}

/* Removes the attachments of the cgroup that an interruption left, and that route nothing. */
static bool remove_interrupted(const struct uh_attachments *list,
			       const struct uh_cgroup *cgroup)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->attachment[i].cgroup.id == cgroup->id &&
		    list->attachment[i].state == UH_ATTACHED_WITHOUT_TABLE &&
		    !removed(&list->attachment[i]))
			return false;
	return true;
}

/* True if the kernel has detached the links, because their cgroup is gone. */
static bool is_dead(const struct uh_attachment *attachment)
{
	return attachment->state == UH_ATTACHED_TO_NOTHING && attachment->links == 0;
}

/*
 * Removes the other attachments of the cgroup, except one (NULL: none), and those of cgroups
 * that are gone: a service that starts anew has a new cgroup.
 */
static bool remove_others(const struct uh_attachments *list, const struct uh_cgroup *cgroup,
			  const struct uh_attachment *except)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct uh_attachment *attachment = &list->attachment[i];

		if (attachment == except || attachment->state == UH_ATTACHED_WITHOUT_TABLE ||
		    (attachment->cgroup.id != cgroup->id && !is_dead(attachment)))
			continue;
		if (!removed(attachment))
			return false;
	}
	return true;
}

/* Attaches loaded programs, pins them, and puts the rows in. */
static bool attach_loaded(struct uh_kernel_programs *programs, const struct uh_cgroup *cgroup,
			  const char *pins, const struct uh_rows *rows)
{
	int directory = open(cgroup->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = directory >= 0 && uh_kernel_programs_attach(programs, directory);

	if (!good)
		uh_error("%s: the programs cannot be attached: %s", cgroup->path,
			 strerror(errno));
	else if (!(good = uh_kernel_programs_pin(programs, pins)))
		uh_error("%s: %s", pins, strerror(errno));
	else if (!(good = uh_kernel_table_put(uh_kernel_programs_table(programs), rows)))
		uh_error("%s: the table cannot be loaded: %s", uh_cgroup_shown(cgroup),
			 strerror(errno));
	if (directory >= 0)
		close(directory);
	return good;
}

/* Reports a failure: the feature of the kernel that is missing, or else the fault itself. */
static void report_failure(const struct uh_cgroup *cgroup, const char *fault)
{
	struct uh_kernel_features features;
	char text[UH_FEATURE_TEXT];

	uh_kernel_features_probe(&features);
	uh_error("%s: not enabled: %s", uh_cgroup_shown(cgroup),
		 uh_kernel_features_first_missing(&features, text) ? text : fault);
}

/*
 * Attaches programs with an empty table, which change nothing, and puts the rows in as the last
 * step: an interruption leaves all or nothing.
 */
static bool attach(const struct uh_cgroup *cgroup, const char *folder,
		   const struct uh_rows *rows)
{
	struct uh_kernel_programs programs;
	struct uh_attachment new;
	bool good;

	if (!uh_kernel_programs_load(&programs)) {
		report_failure(cgroup, strerror(errno));
		return false;
	}
	good = make_directory(cgroup, folder, &new);
	if (good && !attach_loaded(&programs, cgroup, new.directory, rows)) {
		uh_attachment_remove(&new);
		good = false;
	}
	uh_kernel_programs_close(&programs);
	return good;
}

static const struct uh_attachment *attached_to(const struct uh_attachments *list,
					       const struct uh_cgroup *cgroup)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->attachment[i].cgroup.id == cgroup->id &&
		    list->attachment[i].state == UH_ATTACHED)
			return &list->attachment[i];
	return NULL;
}

/* Tries the programs out elsewhere. Returns false on failure (reported). */
static bool prove(const struct uh_cgroup *cgroup)
{
	struct uh_verdict verdict;

	if (!uh_kernel_canary(&verdict)) {
		report_failure(cgroup, verdict.fault);
		return false;
	}
	if (*verdict.skipped)
		uh_error("note: not tested: %s", verdict.skipped);
	return true;
}

static bool attach_or_replace(const struct uh_cgroup *cgroup, const struct uh_rows *rows)
{
	char folder[PATH_MAX];
	struct uh_attachments list;
	const struct uh_attachment *attachment;
	bool good;

	if (!uh_attachments_folder(folder)) {
		uh_error("%s", strerror(errno));
		return false;
	}
	if (!uh_kernel_attachments(&list))
		return false;
	attachment = attached_to(&list, cgroup);
	good = (attachment || prove(cgroup)) && remove_interrupted(&list, cgroup) &&
	       (attachment ? replace_table(attachment, rows) : attach(cgroup, folder, rows)) &&
	       remove_others(&list, cgroup, attachment);
	uh_attachments_free(&list);
	return good;
}

static void tell(const struct uh_cgroup *cgroup, const char *done,
		 const struct uh_header_row *header)
{
	printf("%s: %s; the kernel carries %u of %u routes%s\n", uh_cgroup_shown(cgroup), done,
	       header->carried, header->routes,
	       header->carried < header->routes ? " ('unhairpin kernel check' names the others)"
						: "");
}

bool uh_kernel_enable(const char *name, const struct uh_table_request *source)
{
	struct uh_cgroup cgroup;
	struct uh_rows rows;
	bool good;
	int lock;

	if (!uh_kernel_cgroup(name, &cgroup) || !uh_kernel_rows(source, &rows))
		return false;
	lock = uh_kernel_lock(true);
	good = lock >= 0 && attach_or_replace(&cgroup, &rows);
	if (good)
		tell(&cgroup, "enabled", &rows.row->header);
	free(rows.row);
	if (lock >= 0)
		uh_kernel_unlock(lock);
	return good;
}

/* Replaces the routes of an attachment by those of a source. */
static bool reload_from(const struct uh_attachment *attachment,
			const struct uh_table_request *source)
{
	struct uh_rows rows;
	bool good;

	if (!uh_kernel_rows(source, &rows))
		return false;
	good = replace_table(attachment, &rows);
	if (good)
		tell(&attachment->cgroup, "reloaded", &rows.row->header);
	free(rows.row);
	return good;
}

/* Reads the source of an attached table again. */
static bool reload(const struct uh_attachment *attachment)
{
	struct uh_attached_table table;
	struct uh_table_request source = {.check_owner = true};
	const struct uh_origin_row *origin;
	bool good;

	if (!uh_attached_table_open(attachment, false, &table)) {
		uh_error("%s: %s", attachment->directory, strerror(errno));
		return false;
	}
	origin = &table.rows.row[UH_ORIGIN_ROW].origin;
	source.file = uh_rows_text(&table.rows, origin->file);
	source.routes = uh_rows_text(&table.rows, origin->routes);
	source.optional = origin->optional;
	good = reload_from(attachment, &source);
	uh_attached_table_close(&table);
	return good;
}

/* Reports an attachment whose table cannot be replaced. One without a cgroup matters to nobody.
 */
static bool is_broken(const struct uh_attachment *attachment)
{
	if (attachment->state == UH_ATTACHED_TO_NOTHING)
		return false;
	uh_error("%s: %s", uh_cgroup_shown(&attachment->cgroup),
		 uh_attachment_state_text(attachment->state));
	return true;
}

/* Returns false if one of them could not be reloaded. *count becomes the number of the others.
 */
static bool reload_all(const struct uh_attachments *list, const struct uh_cgroup *cgroup,
		       const struct uh_table_request *source, unsigned *count)
{
	bool good = true;

	for (size_t i = 0; i < list->count; i++) {
		const struct uh_attachment *attachment = &list->attachment[i];

		if (cgroup && attachment->cgroup.id != cgroup->id)
			continue;
		if (attachment->state != UH_ATTACHED)
			good &= !is_broken(attachment);
		else if (source ? reload_from(attachment, source) : reload(attachment))
			(*count)++;
		else
			good = false;
	}
	return good;
}

static void tell_not_enabled(const struct uh_cgroup *cgroup)
{
	printf("%s: not enabled; nothing was reloaded\n",
	       cgroup ? uh_cgroup_shown(cgroup) : "kernel");
}

bool uh_kernel_reload(const char *name, const struct uh_table_request *source)
{
	struct uh_attachments list;
	struct uh_cgroup cgroup;
	unsigned count = 0;
	char folder[PATH_MAX];
	bool good;
	int lock;

	if (name && !uh_kernel_cgroup(name, &cgroup))
		return false;
	if (!uh_attachments_folder(folder) || access(folder, F_OK) != 0) {
		tell_not_enabled(name ? &cgroup : NULL);
		return true;
	}
	lock = uh_kernel_lock(false);
	if (lock < 0 || !uh_kernel_attachments(&list)) {
		if (lock >= 0)
			uh_kernel_unlock(lock);
		return false;
	}
	good = reload_all(&list, name ? &cgroup : NULL, source, &count);
	if (good && count == 0)
		tell_not_enabled(name ? &cgroup : NULL);
	uh_attachments_free(&list);
	uh_kernel_unlock(lock);
	return good;
}
