/* SPDX-License-Identifier: MIT */
/* cache.h: a compiled configuration in a file, for all programs. */
#ifndef UH_CACHE_H
#define UH_CACHE_H

#include "table/freshness.h"

#define UH_DEFAULT_CONF "/etc/unhairpin.conf"
#define UH_CACHE_NAME "unhairpin.cache"

/* Up to so many bytes, some 600 routes, a program has its own copy, which nobody can cut. */
#define UH_CACHE_COPIED ((size_t)128 * 1024)

/* A table and the mapping that it lives in, which uh_cache_unmap ends. */
struct uh_cache {
	const struct uh_table *table; /* NULL: none */
	void *image;
	size_t size;
};

enum uh_cache_state {
	UH_CACHE_ABSENT,  /* or not to be opened */
	UH_CACHE_REFUSED, /* owned by somebody else, writable by others, or no regular file */
	UH_CACHE_DAMAGED, /* or of another version or byte order */
	UH_CACHE_OTHERS,  /* made from another main file, or other inline routes */
	UH_CACHE_STALE,	  /* the text is another by now; in memory all the same */
	UH_CACHE_FRESH,	  /* in memory */
};

/*
 * The path of the cache that belongs to an absolute path of a configuration: UH_CACHE_NAME in
 * the same directory, into path of size bytes. False when it doesn't fit. Async-signal-safe.
 */
static inline bool uh_cache_path(const char *file, char *path, size_t size)
{
	size_t length = (size_t)(strrchr(file, '/') - file) + 1;

	if (length + sizeof(UH_CACHE_NAME) > size)
		return false;
	memcpy(path, file, length);
	memcpy(path + length, UH_CACHE_NAME, sizeof(UH_CACHE_NAME));
	return true;
}

/*
 * Opens and checks (uh_table_open) the compiled form at path, if it was made from that origin:
 * copied up to UH_CACHE_COPIED bytes, else mapped read-only and shared, which ends the program
 * with SIGBUS if the file is cut later. Async-signal-safe; errno is kept.
 */
enum uh_cache_state uh_cache_map(const char *path, const struct uh_origin *origin,
				 struct uh_cache *mapped);

/*
 * The answer of uh_cache_map if it read every byte of the file: a damaged one is told whatever
 * its size. Async-signal-safe; errno is kept.
 */
enum uh_cache_state uh_cache_verify(const char *path, const struct uh_origin *origin);

/* Ends the mappings and clears *mapped. Async-signal-safe; errno is kept. */
void uh_cache_unmap(struct uh_cache *mapped);

#endif
