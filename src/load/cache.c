/* SPDX-License-Identifier: MIT */
/* cache.c: maps a compiled configuration: open, fstat, mmap and close are all that it takes. */
#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "descriptors.h"
#include "fresh.h"

static bool may_be_used(const struct stat *status, bool secure)
{
	struct uh_stamp stamp = uh_stamp_of(status);

	return S_ISREG(status->st_mode) && uh_stamp_is_trusted(&stamp, secure, geteuid());
}

/* False with *mapped as it was. The room is zero pages, of which few are ever written to. */
static bool map_room(struct uh_mapped *mapped)
{
	size_t size = uh_table_room(mapped->size);
	void *room =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (room == MAP_FAILED)
		return false;
	mapped->room = room;
	mapped->room_size = size;
	return true;
}

static enum uh_cache_state map(int fd, bool secure, struct uh_mapped *mapped)
{
	struct stat status;
	void *image;

	if (fstat(fd, &status) != 0)
		return UH_CACHE_ABSENT;
	if (!may_be_used(&status, secure))
		return UH_CACHE_REFUSED;
	if (status.st_size <= 0)
		return UH_CACHE_DAMAGED;
	image = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (image == MAP_FAILED)
		return UH_CACHE_ABSENT;
	mapped->image = image;
	mapped->size = (size_t)status.st_size;
	if (!map_room(mapped))
		return UH_CACHE_ABSENT;
	mapped->table = uh_table_open_lazily(mapped->image, mapped->size, mapped->room);
	return mapped->table ? UH_CACHE_FRESH : UH_CACHE_DAMAGED;
}

static enum uh_cache_state compare(const struct uh_table *table, const char *file, bool secure)
{
	enum uh_cache_state state = UH_CACHE_OTHERS;

	if (uh_made_from(table, file, secure))
		state = uh_freshness(table) == UH_SAME ? UH_CACHE_FRESH : UH_CACHE_STALE;
	return uh_table_damaged(table) ? UH_CACHE_DAMAGED : state;
}

enum uh_cache_state uh_cache_map(const char *file, bool secure, struct uh_mapped *mapped)
{
	enum uh_cache_state state = UH_CACHE_ABSENT;
	char path[4096];
	int saved = errno, fd;

	*mapped = (struct uh_mapped){0};
	if (!uh_cache_path(file, path, sizeof(path)))
		return state;
	fd = uh_above_stdio(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
	if (fd >= 0) {
		state = map(fd, secure, mapped);
		uh_close(fd);
	}
	if (state == UH_CACHE_FRESH)
		state = compare(mapped->table, file, secure);
	if (state < UH_CACHE_STALE)
		uh_mapped_drop(mapped);
	errno = saved;
	return state;
}

void uh_mapped_drop(struct uh_mapped *mapped)
{
	int saved = errno;

	if (mapped->image)
		munmap(mapped->image, mapped->size);
	if (mapped->room)
		munmap(mapped->room, mapped->room_size);
	*mapped = (struct uh_mapped){0};
	errno = saved;
}
