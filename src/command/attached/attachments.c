/* SPDX-License-Identifier: MIT */
/* attachments.c: reads what is pinned in the BPF file system. */
#include "attachments.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define USUAL_MOUNT "/sys/fs/bpf"

const char *const uh_hook_name[UH_HOOKS] = {"connect4",	    "connect6",	   "sendmsg4",
					    "sendmsg6",	    "recvmsg4",	   "recvmsg6",
					    "getpeername4", "getpeername6"};
const int uh_hook_type[UH_HOOKS] = {
    BPF_CGROUP_INET4_CONNECT,	  BPF_CGROUP_INET6_CONNECT,	BPF_CGROUP_UDP4_SENDMSG,
    BPF_CGROUP_UDP6_SENDMSG,	  BPF_CGROUP_UDP4_RECVMSG,	BPF_CGROUP_UDP6_RECVMSG,
    BPF_CGROUP_INET4_GETPEERNAME, BPF_CGROUP_INET6_GETPEERNAME,
};

bool uh_attachments_folder(char path[PATH_MAX])
{
	size_t length;

	if (!uh_mount_point("bpf", USUAL_MOUNT, path))
		return false;
	length = strlen(path);
	errno = ENAMETOOLONG;
	return snprintf(path + length, PATH_MAX - length, "/" UH_ATTACHED_FOLDER) <
	       (int)(PATH_MAX - length);
}

/* Opens a pinned file of the attachment. Returns a descriptor, or -1 with errno. */
static int open_pin(const struct uh_attachment *attachment, const char *name)
{
	char path[sizeof(attachment->directory) + 32];

	snprintf(path, sizeof(path), "%s/%s", attachment->directory, name);
	return bpf_obj_get(path);
}

/* True if the hook's pinned link is attached to the attachment's cgroup. */
static bool is_linked(const struct uh_attachment *attachment, int hook)
{
	int fd = open_pin(attachment, uh_hook_name[hook]);
	struct bpf_link_info info = {0};
	uint32_t size = sizeof(info);
	bool linked;

	if (fd < 0)
		return false;
	linked = bpf_obj_get_info_by_fd(fd, &info, &size) == 0 &&
		 info.type == BPF_LINK_TYPE_CGROUP &&
		 info.cgroup.cgroup_id == attachment->cgroup.id;
	close(fd);
	return linked;
}

static enum uh_attachment_state state_of(const struct uh_attachment *attachment)
{
	struct uh_attached_table table;
	bool has_table = uh_attached_table_open(attachment, false, &table);

	if (has_table)
		uh_attached_table_close(&table);
	else if (errno == ENOENT)
		return UH_ATTACHED_WITHOUT_TABLE;
	if (!*attachment->cgroup.path)
		return UH_ATTACHED_TO_NOTHING;
	if (!has_table)
		return UH_ATTACHED_BY_OTHER;
	return attachment->links < UH_HOOKS ? UH_ATTACHED_PARTLY : UH_ATTACHED;
}

const char *uh_attachment_state_text(enum uh_attachment_state state)
{
	static const char *const text[] = {
	    [UH_ATTACHED] = "enabled",
	    [UH_ATTACHED_WITHOUT_TABLE] =
		"interrupted: routes nothing; enable or disable again",
	    [UH_ATTACHED_TO_NOTHING] =
		"its cgroup is gone; 'unhairpin kernel disable' removes the rest",
	    [UH_ATTACHED_PARTLY] = "damaged: links are missing; enable again",
	    [UH_ATTACHED_BY_OTHER] = "from another version of unhairpin; enable again",
	};

	return text[state];
}

static bool read_one(struct uh_attachments *list, const char *folder, const char *name)
{
	struct uh_attachment *attachment, *grown;
	unsigned long long id;
	int end = 0;

	if (sscanf(name, UH_ATTACHMENT_NAME "%n", &id, &(unsigned){0}, &end) != 2 || name[end])
		return true;
	grown = uh_array_grow(list->attachment, list->count, sizeof(*grown));
	if (!grown)
		return false;
	list->attachment = grown;
	attachment = &grown[list->count++];
	*attachment = (struct uh_attachment){.links = 0};
	if (!uh_cgroup_with_id(id, &attachment->cgroup))
		attachment->cgroup = (struct uh_cgroup){.id = id};
	snprintf(attachment->directory, sizeof(attachment->directory), "%s/%.48s", folder,
		 name);
	for (int hook = 0; hook < UH_HOOKS; hook++)
		attachment->links += is_linked(attachment, hook);
	attachment->state = state_of(attachment);
	return true;
}

bool uh_attachments_folder_is_trusted(int folder)
{
	struct stat status;

	if (fstat(folder, &status) != 0)
		return false;
	errno = EPERM;
	return (status.st_uid == 0 || status.st_uid == geteuid()) && !(status.st_mode & 022);
}

bool uh_attachments_read(struct uh_attachments *list)
{
	char folder[PATH_MAX];
	struct dirent *entry;
	bool good = true;
	DIR *directory;

	*list = (struct uh_attachments){0};
	if (!uh_attachments_folder(folder))
		return false;
	directory = opendir(folder);
	if (!directory)
		return errno == ENOENT;
	good = uh_attachments_folder_is_trusted(dirfd(directory));
	while (good && (entry = readdir(directory)))
		good = read_one(list, folder, entry->d_name);
	closedir(directory);
	if (!good)
		uh_attachments_free(list);
	return good;
}

void uh_attachments_free(struct uh_attachments *list)
{
	free(list->attachment);
	*list = (struct uh_attachments){0};
}

const struct uh_attachment *uh_attachment_of_cgroup(const struct uh_attachments *list,
						    const struct uh_cgroup *cgroup)
{
	char path[PATH_MAX];
	struct stat status;
	char *slash;

	strcpy(path, cgroup->path);
	do {
		if (stat(path, &status) != 0)
			return NULL;
		for (size_t i = 0; i < list->count; i++)
			if (list->attachment[i].state == UH_ATTACHED &&
			    list->attachment[i].cgroup.id == status.st_ino)
				return &list->attachment[i];
		slash = strrchr(path, '/');
		if (slash)
			*slash = '\0';
	} while (slash && *path);
	return NULL;
}

const struct uh_attachment *uh_attachment_of_process(const struct uh_attachments *list,
						     pid_t process)
{
	struct uh_cgroup cgroup;

	if (list->count == 0 || !uh_cgroup_of_process(process, &cgroup))
		return NULL;
	return uh_attachment_of_cgroup(list, &cgroup);
}

/* Opens the map in the slot. Returns a descriptor, or -1 with errno. */
static int open_rows(int table)
{
	uint32_t slot = 0, id;

	if (bpf_map_lookup_elem(table, &slot, &id) != 0)
		return -1;
	return bpf_map_get_fd_by_id(id);
}

bool uh_attached_table_map(int slot, bool writable, struct uh_attached_table *table)
{
	int fd = open_rows(slot);
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);
	void *map = MAP_FAILED;

	*table = (struct uh_attached_table){0};
	if (fd < 0)
		return false;
	errno = EPROTO;
	if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0 &&
	    info.value_size == sizeof(union uh_row) && info.max_entries > UH_FIRST_INTERVAL_ROW)
		map = mmap(NULL, (size_t)info.max_entries * sizeof(union uh_row),
			   PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return false;
	table->rows = (struct uh_rows){map, info.max_entries};
	if (table->rows.row->header.version == UH_KERNEL_TABLE_VERSION)
		return true;
	uh_attached_table_close(table);
	errno = EPROTO;
	return false;
}

bool uh_attached_table_open(const struct uh_attachment *attachment, bool writable,
			    struct uh_attached_table *table)
{
	int slot = open_pin(attachment, "table"), error;
	bool good;

	*table = (struct uh_attached_table){0};
	if (slot < 0)
		return false;
	good = uh_attached_table_map(slot, writable, table);
	error = errno;
	close(slot);
	errno = error;
	return good;
}

void uh_attached_table_close(struct uh_attached_table *table)
{
	if (table->rows.row)
		munmap(table->rows.row, table->rows.count * sizeof(union uh_row));
	*table = (struct uh_attached_table){0};
}
