/* SPDX-License-Identifier: MIT */
/*
 * name_cache.c: a ring of names, and an index of it by hash.
 *
 * The n-th name that is stored has ticket n and lies in entry n modulo UH_CACHED_NAMES, where
 * it replaces the oldest name. An entry is a seqlock: a reader gets all of it or nothing.
 *
 * The index has a word for each name and for each stand-in: a part of the key's hash, and the
 * ticket. The hash selects a bucket. A word needs no removal: once UH_CACHED_NAMES newer
 * tickets exist its entry belongs to another name, and the word's place is free. A word is only
 * a hint, because the entry may have changed since: a reader compares the entry with what it
 * looks for.
 */
#include "name_cache.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/large.h"
#include "base/seqlock.h"

/* If the cache is full, a bucket has three keys on average. More than 16 keys meet in a bucket
 * of one full cache in 100,000; the oldest key is then not found. */
enum { BUCKETS = 512, BUCKET = 16 };

/* Entries are copied word by word. */
enum { WORDS = sizeof(struct uh_cached_name) / sizeof(uint64_t) };
static_assert(sizeof(struct uh_cached_name) % sizeof(uint64_t) == 0, "a number of words");

struct entry {
	uh_seqlock sequence;
	_Atomic uint64_t word[WORDS];
};

/* A process without stand-ins never touches these tables, which then take address space only.
 */
UH_LARGE static struct entry entries[UH_CACHED_NAMES];
UH_LARGE static _Atomic uint64_t buckets[BUCKETS][BUCKET]; /* hash << 32 | ticket; 0: free */
static _Atomic uint32_t newest;				   /* ticket; 0: none yet */

bool uh_name_cache_any(void)
{
	return atomic_load_explicit(&newest, memory_order_relaxed) > 0;
}

static uint64_t hash_of_name(const char *name)
{
	return uh_hash_bytes(0, name, strlen(name));
}

static uint64_t hash_of_address(const struct uh_address *address)
{
	return uh_hash_bytes(1, address, sizeof(*address));
}

static struct entry *entry_of(uint32_t ticket)
{
	return &entries[ticket % UH_CACHED_NAMES];
}

/* The number of names that are newer than the name of an index word. */
static uint32_t age_of(uint64_t word)
{
	return atomic_load_explicit(&newest, memory_order_relaxed) - (uint32_t)word;
}

static bool is_free(uint64_t word)
{
	return word == 0 || age_of(word) >= UH_CACHED_NAMES;
}

static bool has_name(const struct uh_cached_name *entry, const void *name)
{
	return strcmp(entry->name, name) == 0;
}

static bool has_address(const struct uh_cached_name *entry, const void *address)
{
	return memcmp(&entry->stand_in[UH_IPV4], address, sizeof(struct uh_address)) == 0 ||
	       memcmp(&entry->stand_in[UH_IPV6], address, sizeof(struct uh_address)) == 0;
}

/* Copies the entry that has the key to *found and returns its ticket; 0 if there is none. */
static uint32_t find(uint64_t hash, const void *key,
		     bool (*has_key)(const struct uh_cached_name *entry, const void *key),
		     struct uh_cached_name *found)
{
	_Atomic uint64_t *bucket = buckets[hash % BUCKETS];

	if (!uh_name_cache_any())
		return 0;
	for (unsigned i = 0; i < BUCKET; i++) {
		uint64_t word = atomic_load_explicit(&bucket[i], memory_order_acquire);
		struct entry *entry = entry_of((uint32_t)word);

		if (word == 0) /* places are taken from the first on */
			return 0;
		if (word >> 32 == hash >> 32 && !is_free(word) &&
		    uh_seqlock_read(&entry->sequence, entry->word, (uint64_t *)found, WORDS) &&
		    has_key(found, key))
			return (uint32_t)word;
	}
	return 0;
}

/* Writes a word to the first free place of the bucket, or over the oldest word. */
static void add_to_index(uint64_t hash, uint32_t ticket)
{
	_Atomic uint64_t *bucket = buckets[hash % BUCKETS], *oldest = bucket;
	const uint64_t mine = (hash >> 32) << 32 | ticket;

	for (unsigned i = 0; i < BUCKET; i++) {
		/* acquire: is_free() must then read a newest that is no older than the word */
		uint64_t word = atomic_load_explicit(&bucket[i], memory_order_acquire);

		if (is_free(word) && atomic_compare_exchange_strong(&bucket[i], &word, mine))
			return;
		if (word == mine)
			return;
		if (age_of(word) > age_of(atomic_load_explicit(oldest, memory_order_acquire)))
			oldest = &bucket[i];
	}
	atomic_store_explicit(oldest, mine, memory_order_release);
}

void uh_name_cache_put(const struct uh_cached_name *name)
{
	const uint64_t hash = hash_of_name(name->name);
	struct uh_cached_name before;
	uint32_t ticket = find(hash, name->name, has_name, &before);
	struct entry *entry;

	if (!ticket)
		ticket = atomic_fetch_add(&newest, 1) + 1;
	entry = entry_of(ticket);
	uh_seqlock_write(&entry->sequence, entry->word, (const uint64_t *)name, WORDS);
	add_to_index(hash, ticket);
	for (int family = 0; family < UH_FAMILIES; family++)
		add_to_index(hash_of_address(&name->stand_in[family]), ticket);
}

bool uh_name_cache_find(const char *name, struct uh_cached_name *found)
{
	return find(hash_of_name(name), name, has_name, found) != 0;
}

bool uh_name_cache_find_stand_in(const struct uh_address *stand_in,
				 struct uh_cached_name *found)
{
	return find(hash_of_address(stand_in), stand_in, has_address, found) != 0;
}
