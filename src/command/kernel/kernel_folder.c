/* SPDX-License-Identifier: MIT */
/* kernel_folder.c: the folder of the attachments, and what goes wrong with it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/cli/diag.h"
#include "kernel.h"

#define NO_BPFFS "no BPF file system is mounted; expected one: 'mount -t bpf bpf /sys/fs/bpf'"

/* Returns a descriptor, or -1 (reported). */
/* Reports errno, and the right that is missing if that is the cause. */
static void report(const char *what)
{
	uh_error("%s: %s%s", what, strerror(errno),
		 errno == EACCES || errno == EPERM ? "; expected root" : "");
}

static int open_and_lock(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && !uh_attachments_folder_is_trusted(fd))
		uh_error("%s: another user could write to it; expected a directory of root's",
			 folder);
	else if (fd >= 0 && flock(fd, LOCK_EX) == 0)
		return fd;
	else
		report(folder);
	if (fd >= 0)
		close(fd);
	return -1;
}

/* True if the command that had the lock before removed the open folder (uh_kernel_unlock()). */
static bool is_removed(int folder)
{
	struct stat status;

	return fstat(folder, &status) == 0 && status.st_nlink == 0;
}

int uh_kernel_lock(bool create)
{
	char folder[PATH_MAX];
	int lock;

	if (!uh_attachments_folder(folder)) {
		uh_error("%s", errno == ENOENT ? NO_BPFFS : strerror(errno));
		return -1;
	}
	for (;;) {
		if (create && mkdir(folder, 0700) != 0 && errno != EEXIST) {
			report(folder);
			return -1;
		}
		lock = open_and_lock(folder);
		if (lock < 0 || !is_removed(lock) || (!create && access(folder, F_OK) != 0))
			return lock;
		close(lock);
	}
}

void uh_kernel_unlock(int lock)
{
	char folder[PATH_MAX];

	if (uh_attachments_folder(folder))
		rmdir(folder);
	close(lock);
}

bool uh_kernel_cgroup(const char *name, struct uh_cgroup *cgroup)
{
	if (uh_cgroup_find(name, cgroup))
		return true;
	if (errno == ENODEV)
		uh_error("no cgroup hierarchy of version 2 is mounted; expected one: "
			 "'mount -t cgroup2 cgroup2 /sys/fs/cgroup'");
	else if (errno == ENOTUNIQ)
		uh_error("%s: several cgroups have this name; expected a path", name);
	else if (errno == ENOENT)
		uh_error("%s: there is no such cgroup; expected the name of a unit that runs, "
			 "or the path of a cgroup",
			 name);
	else if (errno == ENOTDIR)
		uh_error("%s: is no cgroup of version 2; expected the name of a unit that "
			 "runs, or the path of a cgroup",
			 name);
	else
		uh_error("%s: %s", name ? name : "/", strerror(errno));
	return false;
}

bool uh_kernel_attachments(struct uh_attachments *list)
{
	if (uh_attachments_read(list))
		return true;
	if (errno == ENOENT)
		uh_error(NO_BPFFS);
	else
		report("cannot read the attachments");
	return false;
}
