/* SPDX-License-Identifier: MIT */
/* kernel.h: what the actions of `unhairpin kernel` share. */
#ifndef UH_KERNEL_H
#define UH_KERNEL_H

#include "command/attached/attachments.h"
#include "command/cli/load_table.h"

/* The exit statuses of `kernel status`; the other actions have the first three. */
enum {
	UH_KERNEL_DONE = 0,
	UH_KERNEL_FAILED = 1,
	UH_KERNEL_WRONG_USE = 2,
	UH_KERNEL_BROKEN = 3,
};

/* kernel_enable.c */

/*
 * Attaches the programs to a cgroup (a name for uh_cgroup_find()) with the routes of source, or
 * replaces the routes if that cgroup has them. Returns false on failure (reported): nothing is
 * attached then that was not before.
 */
bool uh_kernel_enable(const char *name, const struct uh_table_request *source);

/*
 * Replaces the routes of each attached table, or only of that of one cgroup: by those of
 * source, or of its own source, which is read again, if source is NULL. Returns false on
 * failure (reported): a table that was not replaced stays.
 */
bool uh_kernel_reload(const char *name, const struct uh_table_request *source);

/*
 * Reads the routes of a source and flattens them. Returns false on failure (reported), also if
 * one of the routes is refused. The caller frees rows->row.
 */
bool uh_kernel_rows(const struct uh_table_request *source, struct uh_rows *rows);

/* kernel_disable.c */

/* Detaches the programs from a cgroup, or from all. Returns false on failure (reported). */
bool uh_kernel_disable(const char *name);

/* Empties the attachment's table, and removes its directory. Returns false with errno. */
bool uh_attachment_remove(const struct uh_attachment *attachment);

/* kernel_status.c */

/* Prints all attachments. Returns the exit status. */
int uh_kernel_status(bool json, bool headings);

/* kernel_folder.c */

/*
 * Opens bpffs's folder for attachments, which is made first if create is set, and locks it
 * against other commands until the descriptor is closed. Returns the descriptor, or -1 on
 * failure (reported).
 */
int uh_kernel_lock(bool create);

/* Closes the descriptor of uh_kernel_lock(), and removes the folder if it is empty. */
void uh_kernel_unlock(int lock);

/* Finds a cgroup by name, as uh_cgroup_find(). Returns false on failure (reported). */
bool uh_kernel_cgroup(const char *name, struct uh_cgroup *cgroup);

/* Reads the attachments. Returns false on failure (reported). */
bool uh_kernel_attachments(struct uh_attachments *list);

#endif
