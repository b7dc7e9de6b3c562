/* SPDX-License-Identifier: MIT */
/* name_cache.c: names and their addresses, in a fixed table of entries that are read whole or
 * not at all. */
#include "name_cache.h"

#include <string.h>

#include "base/large.h"
#include "base/seqlock.h"

enum { WORDS = (sizeof(struct uh_known_name) + 7) / 8 };

/* The entry as words, which are copied one by one between two looks at the sequence. */
union image {
	struct uh_known_name known;
	uint64_t word[WORDS];
};

struct entry {
	uh_seqlock sequence;
	_Atomic uint64_t word[WORDS];
};

/* Never touched by a process that is given no stand-in: it costs address space alone. */
UH_LARGE static struct entry entries[UH_KNOWN_NAMES];
static _Atomic uint32_t made; /* how many were ever begun */

bool uh_known_any(void)
{
	return atomic_load_explicit(&made, memory_order_relaxed) > 0;
}

static bool read_entry(struct entry *entry, union image *image)
{
	return uh_seqlock_read(&entry->sequence, entry->word, image->word, WORDS);
}

/*
 * A writer that finds another at work leaves it: both know the same name, or one of two names
 * is not kept, which costs a look-up.
 */
static void write_entry(struct entry *entry, const union image *image)
{
	uh_seqlock_write(&entry->sequence, entry->word, image->word, WORDS);
}

static uint32_t in_use(void)
{
	uint32_t count = atomic_load_explicit(&made, memory_order_acquire);

	return count < UH_KNOWN_NAMES ? count : UH_KNOWN_NAMES;
}

static bool has_name(const struct uh_known_name *known, const void *name)
{
	return strcmp(known->name, name) == 0;
}

static bool has_address(const struct uh_known_name *known, const void *address)
{
	return memcmp(&known->stand_in[UH_IPV4], address, sizeof(struct uh_address)) == 0 ||
	       memcmp(&known->stand_in[UH_IPV6], address, sizeof(struct uh_address)) == 0;
}

/* The entry of which a test is true, with a copy of it, or NULL. */
static struct entry *find(bool (*test)(const struct uh_known_name *known, const void *wanted),
			  const void *wanted, union image *image)
{
	uint32_t count = in_use();

	for (uint32_t i = 0; i < count; i++)
		if (read_entry(&entries[i], image) && test(&image->known, wanted))
			return &entries[i];
	return NULL;
}

void uh_known_put(const struct uh_known_name *known)
{
	union image image, before;
	struct entry *entry = find(has_name, known->name, &before);

	memset(&image, 0, sizeof(image));
	image.known = *known;
	if (!entry)
		entry = &entries[atomic_fetch_add(&made, 1) % UH_KNOWN_NAMES];
	write_entry(entry, &image);
}

bool uh_known_by_name(const char *name, struct uh_known_name *known)
{
	union image image;

	if (!find(has_name, name, &image))
		return false;
	*known = image.known;
	return true;
}

bool uh_known_by_address(const struct uh_address *stand_in, struct uh_known_name *known)
{
	union image image;

	if (!find(has_address, stand_in, &image))
		return false;
	*known = image.known;
	return true;
}
