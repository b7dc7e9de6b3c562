/* SPDX-License-Identifier: MIT */
/*
 * cache.c: loads a compiled configuration. The only system calls are open, fstat, mmap, read
 * and close.
 *
 * If a file is cut while a program has it mapped, reading the mapping raises SIGBUS. So a file
 * of ordinary size is copied into private memory. A large file is mapped, to save that memory
 * in each program.
 */
#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "process/own_fd.h"

static bool may_be_used(const struct stat *status, bool secure)
{
	struct uh_stamp stamp = uh_stamp_of(status);

	return S_ISREG(status->st_mode) && uh_stamp_is_trusted(&stamp, secure, geteuid());
}

/* False if the file has become shorter. */
static bool read_whole(int fd, char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t count = read(fd, bytes, size);

		if (count == 0 || (count < 0 && errno != EINTR))
			return false;
		if (count > 0) {
			bytes += count;
			size -= (size_t)count;
		}
	}
	return true;
}

/* NULL if memory ran out, or the file has become shorter. */
static void *copy(int fd, size_t size)
{
	/* MAP_POPULATE costs less than a page fault for each page. */
	void *image = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (image == MAP_FAILED)
		return NULL;
	if (read_whole(fd, image, size))
		return image;
	munmap(image, size);
	return NULL;
}

static void *share(int fd, size_t size)
{
	void *image = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

	return image == MAP_FAILED ? NULL : image;
}

static enum uh_cache_state map(int fd, bool secure, struct uh_cache *cache)
{
	struct stat status;
	size_t size;
	void *image;

	if (fstat(fd, &status) != 0)
		return UH_CACHE_ABSENT;
	if (!may_be_used(&status, secure))
		return UH_CACHE_REFUSED;
	if (status.st_size <= 0)
		return UH_CACHE_DAMAGED;
	size = (size_t)status.st_size;
	image = size <= UH_CACHE_COPIED ? copy(fd, size) : share(fd, size);
	if (!image)
		return UH_CACHE_ABSENT;
	cache->image = image;
	cache->size = size;
	cache->table = uh_table_open(image, cache->size);
	return cache->table ? UH_CACHE_FRESH : UH_CACHE_DAMAGED;
}

/* Returns UH_CACHE_FRESH if the file was loaded, whatever its origin. */
static enum uh_cache_state open_and_map(const char *path, bool secure, struct uh_cache *cache)
{
	enum uh_cache_state state;
	int fd =
	    uh_move_above_stdio(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));

	*cache = (struct uh_cache){0};
	if (fd < 0)
		return UH_CACHE_ABSENT;
	state = map(fd, secure, cache);
	uh_close(fd);
	return state;
}

static enum uh_cache_state compare(const struct uh_table *table, const struct uh_origin *origin)
{
	if (!uh_table_has_origin(table, origin))
		return UH_CACHE_OTHERS;
	return uh_freshness(table) == UH_SAME ? UH_CACHE_FRESH : UH_CACHE_STALE;
}

enum uh_cache_state uh_cache_map(const char *path, const struct uh_origin *origin,
				 struct uh_cache *cache)
{
	int saved = errno;
	enum uh_cache_state state = open_and_map(path, origin->secure, cache);

	if (state == UH_CACHE_FRESH)
		state = compare(cache->table, origin);
	if (state < UH_CACHE_STALE)
		uh_cache_unmap(cache);
	errno = saved;
	return state;
}

enum uh_cache_state uh_cache_verify(const char *path, const struct uh_origin *origin)
{
	struct uh_cache cache;
	int saved = errno;
	enum uh_cache_state state = open_and_map(path, origin->secure, &cache);

	if (state == UH_CACHE_FRESH)
		state = uh_table_sound(cache.table) ? compare(cache.table, origin)
						    : UH_CACHE_DAMAGED;
	uh_cache_unmap(&cache);
	errno = saved;
	return state;
}

void uh_cache_unmap(struct uh_cache *cache)
{
	const struct uh_cache ending = *cache;
	int saved = errno;

	/*
	 * A fork between the two steps must not leave a pointer to unmapped memory in the
	 * child.
	 */
	*cache = (struct uh_cache){0};
	atomic_signal_fence(memory_order_seq_cst);
	if (ending.image)
		munmap(ending.image, ending.size);
	errno = saved;
}
