/* SPDX-License-Identifier: MIT */
/* cache.h: a compiled configuration in a file, mapped and shared by all programs. */
#ifndef UH_CACHE_H
#define UH_CACHE_H

#include "table.h"

#define UH_CACHE_NAME "unhairpin.cache"

/* A table and the memory that it lives in, which uh_mapped_drop ends. */
struct uh_mapped {
	const struct uh_table *table; /* NULL: none */
	void *image, *room;	      /* room: its own memory beside the image, or NULL */
	size_t size, room_size;
};

enum uh_cache_state {
	UH_CACHE_ABSENT,  /* or not to be opened */
	UH_CACHE_REFUSED, /* owned by somebody else, writable by others, or no regular file */
	UH_CACHE_DAMAGED, /* or of another version or byte order */
	UH_CACHE_OTHERS,  /* made from another main file */
	UH_CACHE_STALE,	  /* the text is another by now; mapped all the same */
	UH_CACHE_FRESH,	  /* mapped */
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
 * Opens, checks and maps the cache that belongs to file, read-only and shared. Only the blocks
 * that are looked at are read. secure: for a program with AT_SECURE. Async-signal-safe; errno
 * is kept.
 */
enum uh_cache_state uh_cache_map(const char *file, bool secure, struct uh_mapped *mapped);

/* Ends the mappings and clears *mapped. Async-signal-safe; errno is kept. */
void uh_mapped_drop(struct uh_mapped *mapped);

#endif
