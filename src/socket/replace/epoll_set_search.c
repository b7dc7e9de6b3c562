/* SPDX-License-Identifier: MIT */
/*
 * epoll_set_search.c: finds epoll sets among the descriptors of this process.
 *
 * kcmp(2) says whether a descriptor is an epoll set. A seccomp filter may end the process for
 * kcmp(2); under a filter /proc is read, which shows only sets that have a registration.
 */
#include "epoll_set_search.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libc/libc.h"
#include "process/descriptors.h"
#include "process/seccomp_filter.h"
#include "epoll_kernel.h"
#include "epoll_sets.h"

/* The kernel's struct statx (linux/stat.h), which old libcs lack. */
struct kind {
	uint32_t unused[7];
	uint16_t mode, rest[113];
};
static_assert(sizeof(struct kind) == 256, "statx(2) writes so much");

/*
 * Returns false if statx(2) fails. The system call is used because ThreadSanitizer reports
 * libc's fstat(2) on a descriptor that another thread has just opened as a race.
 */
static bool has_type(int fd)
{
	enum { TYPE = 1 };
	struct kind kind;

	return syscall(SYS_statx, fd, "", AT_EMPTY_PATH, TYPE, &kind) == 0 &&
	       kind.mode & S_IFMT;
}

/*
 * An epoll set is a file without a type (anon_inode in linux/fs/anon_inodes.c). The type is
 * tested first because statx(2) is cheap.
 */
static bool test_descriptor(int fd, void *found)
{
	if (has_type(fd) || uh_epoll_set_is_known(fd) || !uh_epoll_is_set(fd))
		return true;
	uh_epoll_set_id(fd);
	*(bool *)found = true;
	return true;
}

/*
 * SO_TYPE is tested first because most descriptors are sockets. A set without registrations is
 * not found.
 */
static bool test_descriptor_filtered(int fd, void *unused)
{
	int type;
	socklen_t size = sizeof(type);

	(void)unused;
	if (uh_libc_getsockopt()(fd, SOL_SOCKET, SO_TYPE, &type, &size) == -1 &&
	    errno == ENOTSOCK && !uh_epoll_set_is_known(fd) && uh_epoll_fdinfo_is_set(fd))
		uh_epoll_set_id(fd);
	return true;
}

static atomic_bool search_wanted = true;

void uh_epoll_sets_expect_more(void)
{
	atomic_store(&search_wanted, true);
}

/*
 * The number of descriptors at the latest search, and the calls that made no search since. Up
 * to SO_FEW descriptors are searched at every call.
 */
static atomic_uint descriptors, skipped_searches;
enum { ALWAYS_SEARCHED = 64 };

/* With many descriptors, one call in every (descriptors / 8) makes a search. */
static bool is_due(void)
{
	unsigned count = atomic_load(&descriptors);

	return atomic_exchange(&search_wanted, false) || count <= ALWAYS_SEARCHED ||
	       atomic_fetch_add(&skipped_searches, 1) >= count / 8;
}

void uh_epoll_sets_search(void)
{
	static atomic_bool searched, found_later; /* later searches found more sets */
	bool found = false;
	int saved = errno;

	if (uh_is_confined())
		return;
	if (uh_is_filtered()) {
		if (atomic_exchange(&search_wanted, false))
			uh_each_descriptor(test_descriptor_filtered, NULL);
	} else if (atomic_load(&found_later) || is_due()) {
		atomic_store(&skipped_searches, 0);
		atomic_store(&descriptors, uh_each_descriptor(test_descriptor, &found));
		if (atomic_exchange(&searched, true) && found)
			atomic_store(&found_later, true);
	}
	errno = saved;
}
