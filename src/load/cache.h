/* SPDX-License-Identifier: MIT */
/* cache.h: loads a compiled configuration (a cache) from its file. */
#ifndef UH_CACHE_H
#define UH_CACHE_H

#include "table/freshness.h"

#define UH_DEFAULT_CONF "/etc/unhairpin.conf"
#define UH_CACHE_NAME "unhairpin.cache"
#define UH_OFF_NAME "unhairpin.off"

/* A cache of up to this size (some 600 routes) is copied, so that nobody can cut it. */
#define UH_CACHE_COPIED ((size_t)128 * 1024)

/* A table and its mapping, which uh_cache_unmap removes. */
struct uh_cache {
	const struct uh_table *table; /* NULL: none */
	void *image;
	size_t size;
};

enum uh_cache_state {
	UH_CACHE_ABSENT,  /* it does not exist, or could not be opened */
	UH_CACHE_REFUSED, /* wrong owner, writable by others, or not a regular file */
	UH_CACHE_DAMAGED, /* damaged, or of another version or byte order */
	UH_CACHE_OTHERS,  /* made from another main file or other inline routes */
	UH_CACHE_STALE,	  /* loaded, but its sources have changed */
	UH_CACHE_FRESH,	  /* in memory */
};

/*
 * Writes the path of name in the directory of file, an absolute path, into path of size bytes.
 * False if it does not fit. Async-signal-safe.
 */
static inline bool uh_path_beside(const char *file, const char *name, char *path, size_t size)
{
	size_t length = (size_t)(strrchr(file, '/') - file) + 1;

	if (length + strlen(name) >= size)
		return false;
	memcpy(path, file, length);
	strcpy(path + length, name);
	return true;
}

/*
 * Writes the path of the cache of a configuration, whose absolute path is file, into path of
 * size bytes: UH_CACHE_NAME in the same directory. False if it does not fit. Async-signal-safe.
 */
static inline bool uh_cache_path(const char *file, char *path, size_t size)
{
	return uh_path_beside(file, UH_CACHE_NAME, path, size);
}

/*
 * Writes the path of the file that switches the routes off: UH_OFF_NAME beside the
 * configuration, or beside the default one if file is NULL. False if it does not fit.
 */
static inline bool uh_off_path(const char *file, char *path, size_t size)
{
	return uh_path_beside(file ? file : UH_DEFAULT_CONF, UH_OFF_NAME, path, size);
}

/*
 * Loads the cache at path and checks it (uh_table_open), its origin and its freshness. *cache
 * is empty unless the state is UH_CACHE_STALE or UH_CACHE_FRESH. A cache of up to
 * UH_CACHE_COPIED bytes is copied. A larger one is mapped read-only and shared; if it is cut
 * later, reading it raises SIGBUS. Leaves errno as it was. Async-signal-safe.
 */
enum uh_cache_state uh_cache_map(const char *path, const struct uh_origin *origin,
				 struct uh_cache *cache);

/*
 * Returns the state that uh_cache_map returns, but verifies every byte of the file, whatever
 * its size. Leaves errno as it was. Async-signal-safe.
 */
enum uh_cache_state uh_cache_verify(const char *path, const struct uh_origin *origin);

/*
 * Unmaps the cache, if there is one, and clears *cache. Leaves errno as it was.
 * Async-signal-safe.
 */
void uh_cache_unmap(struct uh_cache *cache);

#endif
