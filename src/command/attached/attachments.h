/* SPDX-License-Identifier: MIT */
/*
 * attachments.h: the attachments of `unhairpin kernel enable`, as the pinned files say.
 *
 * Each is a directory of the BPF file system (bpffs), unhairpin/cgroup-ID, with a link for each
 * hook and with "table", a map of one slot for the map of rows. Nothing is routed while the
 * slot is empty. A directory new-ID or old-ID is left by a command that was interrupted.
 */
#ifndef UH_ATTACHMENTS_H
#define UH_ATTACHMENTS_H

#include "cgroups.h"
#include "base/array.h"
#include "flatten/flatten.h"

/* The hooks: the programs without "uh_", and the names of the pinned links. */
#define UH_HOOKS 8
extern const char *const uh_hook_name[UH_HOOKS];
extern const int uh_hook_type[UH_HOOKS]; /* enum bpf_attach_type */

#define UH_ATTACHED_FOLDER "unhairpin"
#define UH_ATTACHMENT_NAME "cgroup-%llu-%u" /* the cgroup's id, and the number */

enum uh_attachment_state {
	UH_ATTACHED,		   /* all hooks, with a table */
	UH_ATTACHED_WITHOUT_TABLE, /* nothing is routed: a command was interrupted */
	UH_ATTACHED_TO_NOTHING,	   /* the cgroup is gone */
	UH_ATTACHED_PARTLY,	   /* links are missing */
	UH_ATTACHED_BY_OTHER,	   /* by another version of this command */
};

struct uh_attachment {
	struct uh_cgroup cgroup; /* path is "" if the cgroup is gone */
	char directory[PATH_MAX + 64];
	enum uh_attachment_state state;
	unsigned links; /* how many of the UH_HOOKS links are attached */
};

struct uh_attachments {
	struct uh_attachment *attachment;
	size_t count;
};

/*
 * Reads all attachments. Returns false with errno: ENOENT if no bpffs is mounted, EACCES or
 * EPERM if this user may not look, ENOMEM. The list is empty then.
 */
bool uh_attachments_read(struct uh_attachments *list);
void uh_attachments_free(struct uh_attachments *list);

/* Returns what is wrong with an attachment and what to do, or "enabled". */
const char *uh_attachment_state_text(enum uh_attachment_state state);

/* Writes the path of bpffs's folder for attachments. Returns false with errno ENOENT. */
bool uh_attachments_folder(char path[PATH_MAX]);

/* True if the open folder belongs to root, or to this user, and nobody else may write to it. */
bool uh_attachments_folder_is_trusted(int folder);

/*
 * Returns the attachment (UH_ATTACHED) that routes the connections of a cgroup, or of the
 * cgroup of a process (0: this one): that of the cgroup or of the nearest one above; NULL if
 * there is none.
 */
const struct uh_attachment *uh_attachment_of_cgroup(const struct uh_attachments *list,
						    const struct uh_cgroup *cgroup);
const struct uh_attachment *uh_attachment_of_process(const struct uh_attachments *list,
						     pid_t process);

/* The table of an attachment, mapped. */
struct uh_attached_table {
	struct uh_rows rows; /* changes while programs count; {0} if the slot is empty */
};

/*
 * Maps the table of an attachment, for writing too if writable is set. Returns false with
 * errno: ENOENT if there is none, EPERM, EPROTO if it is of another version.
 */
bool uh_attached_table_open(const struct uh_attachment *attachment, bool writable,
			    struct uh_attached_table *table);
/* The same for the rows in the slot of an open map "table". */
bool uh_attached_table_map(int slot, bool writable, struct uh_attached_table *table);
void uh_attached_table_close(struct uh_attached_table *table);

#endif
