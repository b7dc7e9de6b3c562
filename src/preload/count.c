/* SPDX-License-Identifier: MIT */
/* count.c: counts routed connections in the user's file. */
#include "count.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "descriptors.h"
#include "environment.h"
#include "filter.h"
#include "format.h"
#include "stats.h"

atomic_bool uh_counting;
static struct uh_stats *counters; /* mapped once, for good */

/* O_NONBLOCK: it may be anything that somebody has put there. The path is not on the stack,
 * which may be small: one thread at a time comes here. */
static int open_file(void)
{
	static char path[PATH_MAX];
	const char *directory = uh_variable(UH_STATS_VARIABLE);
	size_t length =
	    uh_format(path, sizeof(path), "%s/%u", directory ? directory : UH_STATS_DIRECTORY,
		      (unsigned)geteuid());

	if (*path != '/' || length == sizeof(path) - 1) /* it may have been cut */
		return -1;
	return uh_above_stdio(open(
	    path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644));
}

/* Growing a file past RLIMIT_FSIZE would be a signal, and growing it at all may be one under a
 * seccomp filter. */
static bool may_grow(void)
{
	struct rlimit limit;

	return !uh_is_filtered() && getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
	       limit.rlim_cur >= sizeof(struct uh_stats);
}

/*
 * The file must be ours alone to cut short, and have all its blocks: a page that the file
 * system has no room for would be a signal when it is written.
 */
static bool is_sound(int fd)
{
	struct stat status;

	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid() ||
	    (status.st_mode & (S_IWGRP | S_IWOTH)))
		return false;
	if (status.st_size == sizeof(struct uh_stats) &&
	    (uint64_t)status.st_blocks * 512 >= sizeof(struct uh_stats))
		return true;
	return (status.st_size == 0 || status.st_size == sizeof(struct uh_stats)) &&
	       may_grow() && fallocate(fd, 0, 0, sizeof(struct uh_stats)) == 0;
}

static struct uh_stats *map(int fd)
{
	struct uh_stats *stats =
	    mmap(NULL, sizeof(*stats), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	uint64_t mark = 0;

	if (stats == MAP_FAILED)
		return NULL;
	if (atomic_compare_exchange_strong(&stats->mark, &mark, UH_STATS_MARK) ||
	    mark == UH_STATS_MARK)
		return stats;
	munmap(stats, sizeof(*stats));
	return NULL;
}

static void open_counters(void)
{
	int fd = uh_is_confined() ? -1 : open_file();

	if (fd < 0)
		return;
	if (is_sound(fd))
		counters = map(fd);
	uh_close(fd);
}

void uh_count_by(const struct uh_table *table)
{
	bool wanted = table && uh_table_settings(table)->stats;

	if (wanted && !counters)
		open_counters();
	atomic_store(&uh_counting, wanted && counters);
}

/* Whoever asked for it waits for nobody: EINPROGRESS is no failure, nor is what a route that
 * asked no target leads back to. */
static int failure_of(const struct uh_table_route *route, const struct uh_table_target *target,
		      int error)
{
	if (error == EINPROGRESS)
		return 0;
	return !target && !error && route->on_failure == UH_REFUSE ? ECONNREFUSED : error;
}

void uh_count(const struct uh_table *table, const struct uh_table_route *route,
	      const struct uh_table_target *target, int error)
{
	bool claimed;
	struct uh_stats_slot *slot = uh_stats_find(counters, route->id, &claimed);

	if (!slot)
		return;
	if (claimed) {
		uh_table_describe(table, route, slot->text, sizeof(slot->text));
		atomic_store(&slot->described, 1);
	}
	uh_stats_add(slot, (uint64_t)time(NULL), failure_of(route, target, error),
		     !target && route->on_failure == UH_ORIGINAL);
}
