/* SPDX-License-Identifier: MIT */
/* kernel_disable.c: `unhairpin kernel disable`. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/cli/diag.h"
#include "kernel.h"
#include "kernel_programs.h"
#include "put_table.h"

static void pin_path(const struct uh_attachment *attachment, const char *name,
		     char path[PATH_MAX + 128])
{
	snprintf(path, PATH_MAX + 128, "%s/%s", attachment->directory, name);
}

/* Nothing is routed from here on, though the programs are attached still. */
static bool clear(const struct uh_attachment *attachment)
{
	char path[PATH_MAX + 128];
	bool good;
	int fd;

	pin_path(attachment, "table", path);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return errno == ENOENT;
	good = uh_kernel_table_clear(fd);
	close(fd);
	return good;
}

/* Removes each file that an attachment can have; a link goes with its last file. */
static bool unpin(const struct uh_attachment *attachment)
{
	char path[PATH_MAX + 128];

	for (int hook = -1; hook < UH_HOOKS; hook++) {
		pin_path(attachment, hook < 0 ? "table" : uh_hook_name[hook], path);
		if (unlink(path) != 0 && errno != ENOENT)
			return false;
	}
	return rmdir(attachment->directory) == 0;
}

bool uh_attachment_remove(const struct uh_attachment *attachment)
{
	return clear(attachment) && unpin(attachment);
}

/* True if the link has one of our programs on the cgroup. */
static bool is_ours(const struct bpf_link_info *link, uint64_t cgroup)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	bool ours = false;
	int fd;

	if (link->type != BPF_LINK_TYPE_CGROUP || link->cgroup.cgroup_id != cgroup)
		return false;
	fd = bpf_prog_get_fd_by_id(link->prog_id);
	if (fd < 0)
		return false;
	if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0)
		for (int hook = 0; hook < UH_HOOKS && !ours; hook++)
			ours = strncmp(info.name, "uh_", 3) == 0 &&
			       strcmp(info.name + 3, uh_hook_name[hook]) == 0;
	close(fd);
	return ours;
}

/*
 * Detaches our programs whose pinned files are out of reach, for example in a BPF file system
 * that another one was mounted over. Returns their number.
 */
static unsigned detach_unpinned(uint64_t cgroup)
{
	unsigned detached = 0;
	uint32_t id = 0;

	while (bpf_link_get_next_id(id, &id) == 0) {
		int fd = bpf_link_get_fd_by_id(id);
		struct bpf_link_info info = {0};
		uint32_t size = sizeof(info);

		if (fd < 0)
			continue;
		if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && is_ours(&info, cgroup) &&
		    bpf_link_detach(fd) == 0)
			detached++;
		close(fd);
	}
	return detached;
}

/* Removes the attachments of one cgroup (all if it is NULL). */
static bool remove_pinned(const struct uh_cgroup *cgroup, unsigned *removed)
{
	struct uh_attachments list;
	bool good = true;

	if (!uh_kernel_attachments(&list))
		return false;
	for (size_t i = 0; i < list.count; i++) {
		const struct uh_attachment *attachment = &list.attachment[i];

		if (cgroup && attachment->cgroup.id != cgroup->id)
			continue;
		if (uh_attachment_remove(attachment)) {
			if (!cgroup && *attachment->cgroup.path)
				printf("%s: disabled\n", uh_cgroup_shown(&attachment->cgroup));
			detach_unpinned(attachment->cgroup.id);
			(*removed)++;
			continue;
		}
		uh_error("%s: %s", attachment->directory, strerror(errno));
		good = false;
	}
	uh_attachments_free(&list);
	return good;
}

static void tell(const char *name, const struct uh_cgroup *cgroup, unsigned removed)
{
	const char *where = name ? uh_cgroup_shown(cgroup) : "kernel";

	if (removed == 0)
		printf("%s: not enabled\n", where);
	else
		printf("%s: disabled; open connections stay as they are\n", where);
}

bool uh_kernel_disable(const char *name)
{
	char folder[PATH_MAX];
	struct uh_cgroup cgroup;
	unsigned removed = 0;
	bool good;
	int lock;

	if (!uh_kernel_cgroup(name, &cgroup))
		return false;
	if (!uh_attachments_folder(folder) || access(folder, F_OK) != 0) {
		removed = detach_unpinned(cgroup.id);
		tell(name, &cgroup, removed);
		return true;
	}
	lock = uh_kernel_lock(false);
	if (lock < 0)
		return false;
	good = remove_pinned(name ? &cgroup : NULL, &removed);
	removed += detach_unpinned(cgroup.id);
	if (good)
		tell(name, &cgroup, removed);
	uh_kernel_unlock(lock);
	return good;
}
