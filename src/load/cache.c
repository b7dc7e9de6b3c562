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

bool uh_cache_path(const char *file, char *path, size_t size)
{
	size_t length = (size_t)(strrchr(file, '/') - file) + 1;

	if (length + sizeof(UH_CACHE_NAME) > size)
		return false;
	memcpy(path, file, length);
	memcpy(path + length, UH_CACHE_NAME, sizeof(UH_CACHE_NAME));
	return true;
}

static bool may_be_used(const struct stat *status, bool secure)
{
	struct uh_stamp stamp = uh_stamp_of(status);

	return S_ISREG(status->st_mode) && uh_stamp_is_trusted(&stamp, secure, geteuid());
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
	mapped->table = uh_table_open(image, mapped->size);
	return mapped->table ? UH_CACHE_FRESH : UH_CACHE_DAMAGED;
}

/* UH_CACHE_FRESH if the cache is mapped, whatever it was made from. */
static enum uh_cache_state open_and_map(const char *file, bool secure, struct uh_mapped *mapped)
{
	enum uh_cache_state state;
	char path[4096];
	int fd;

	*mapped = (struct uh_mapped){0};
	if (!uh_cache_path(file, path, sizeof(path)))
		return UH_CACHE_ABSENT;
	fd = uh_above_stdio(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
	if (fd < 0)
		return UH_CACHE_ABSENT;
	state = map(fd, secure, mapped);
	uh_close(fd);
	return state;
}

static enum uh_cache_state compare(const struct uh_table *table, const char *file, bool secure)
{
	if (!uh_made_from(table, file, secure))
		return UH_CACHE_OTHERS;
	return uh_freshness(table) == UH_SAME ? UH_CACHE_FRESH : UH_CACHE_STALE;
}

enum uh_cache_state uh_cache_map(const char *file, bool secure, struct uh_mapped *mapped)
{
	int saved = errno;
	enum uh_cache_state state = open_and_map(file, secure, mapped);

	if (state == UH_CACHE_FRESH)
		state = compare(mapped->table, file, secure);
	if (state < UH_CACHE_STALE)
		uh_mapped_drop(mapped);
	errno = saved;
	return state;
}

enum uh_cache_state uh_cache_verify(const char *file)
{
	struct uh_mapped mapped;
	int saved = errno;
	enum uh_cache_state state = open_and_map(file, false, &mapped);

	if (state == UH_CACHE_FRESH)
		state = uh_table_sound(mapped.table) ? compare(mapped.table, file, false)
						     : UH_CACHE_DAMAGED;
	uh_mapped_drop(&mapped);
	errno = saved;
	return state;
}

void uh_mapped_drop(struct uh_mapped *mapped)
{
	int saved = errno;

	if (mapped->image)
		munmap(mapped->image, mapped->size);
	*mapped = (struct uh_mapped){0};
	errno = saved;
}
