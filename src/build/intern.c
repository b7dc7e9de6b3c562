/* SPDX-License-Identifier: MIT */
/* intern.c: holds byte strings once each, in a uthash map. */
#include "intern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash_map.h"

/*
 * uthash grows its table when a chain has ten entries. Most chains then have two or three
 * entries, each a cache miss, which took half of the time for 100,000 routes. A limit of four
 * or less makes the table grow too often.
 */
#undef HASH_BKT_CAPACITY_THRESH
#define HASH_BKT_CAPACITY_THRESH 6U

struct entry {
	struct uh_interned
	    interned; /* the first member, so a pointer to it is a pointer to the entry */
	UT_hash_handle hh;
	unsigned char bytes[];
};

struct uh_interner {
	struct entry *entries; /* in the order of their offsets */
	size_t size;
};

struct uh_interner *uh_interner_new(void)
{
	return calloc(1, sizeof(struct uh_interner));
}

void uh_interner_free(struct uh_interner *interner)
{
	if (!interner)
		return;
	UH_HASH_FREE(interner->entries, free);
	free(interner);
}

/* hash is HASH_VALUE of the bytes, which the search before has already computed. */
static struct entry *add(struct uh_interner *interner, const void *bytes, size_t size,
			 unsigned hash)
{
	struct entry *entry = malloc(sizeof(*entry) + size);

	if (!entry)
		return NULL;
	memcpy(entry->bytes, bytes, size);
	entry->interned = (struct uh_interned){entry->bytes, size, interner->size, NULL};
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, interner->entries, entry->bytes, size, hash, entry);
	if (!entry->hh.tbl) {
		free(entry);
		errno = ENOMEM;
		return NULL;
	}
	interner->size += size;
	return entry;
}

struct uh_interned *uh_intern(struct uh_interner *interner, const void *bytes, size_t size)
{
	struct entry *entry;
	unsigned hash;

	HASH_VALUE(bytes, size, hash);
	HASH_FIND_BYHASHVALUE(hh, interner->entries, bytes, size, hash, entry);
	if (!entry)
		entry = add(interner, bytes, size, hash);
	return entry ? &entry->interned : NULL;
}

/* The NUL is interned with the text, so it ends the text in the image's section, too. */
struct uh_interned *uh_intern_text(struct uh_interner *interner, const char *text)
{
	return text ? uh_intern(interner, text, strlen(text) + 1) : uh_intern(interner, "", 1);
}

size_t uh_interner_size(const struct uh_interner *interner)
{
	return interner->size;
}

void uh_interner_copy(const struct uh_interner *interner, void *to)
{
	const struct entry *entry;

	for (entry = interner->entries; entry; entry = entry->hh.next)
		memcpy((char *)to + entry->interned.offset, entry->bytes, entry->interned.size);
}
