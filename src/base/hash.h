/* SPDX-License-Identifier: MIT */
/* hash.h: the hash of the tables that a process keeps for itself. */
#ifndef UH_HASH_H
#define UH_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Another version of this object may have other hashes. So neither function may be used for a
 * number that is written to a file or compared with another process's number, unless a
 * difference does no harm: uh_name_key (hostname.h) and image.h have hashes for that. Neither
 * resists somebody who searches for two inputs with one hash. Async-signal-safe.
 */

/*
 * Mixes a word into a hash, which is 0 at first. A multiplication spreads each bit to all
 * higher ones only, and addresses differ in their highest bytes: so the upper half is folded
 * into the lower one before and after each. The added constant keeps a hash of 0 from staying 0
 * when words of 0 are mixed in.
 */
static inline uint64_t uh_hash_word(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) + 0x9e3779b97f4a7c15u;
	hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93u;
	hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93u;
	return hash ^ hash >> 32;
}

/* Mixes size bytes into a hash, eight at a time; the last word is filled up with zeros. */
static inline uint64_t uh_hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	uint64_t word;

	for (size_t at = 0; at < size; at += sizeof(word)) {
		size_t left = size - at;

		word = 0;
		memcpy(&word, (const char *)bytes + at,
		       left < sizeof(word) ? left : sizeof(word));
		hash = uh_hash_word(hash, word);
	}
	return hash;
}

#endif
