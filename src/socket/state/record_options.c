/* SPDX-License-Identifier: MIT */
/* record_options.c: the socket options that a record remembers, in the words at its end. */
#include <string.h>

#include "base/large.h"
#include "records.h"
#include "record_table.h"

/*
 * An option's value is stored in pieces of four bytes, each in one word: level, name, size of
 * the value and index of the piece in the upper half, the bytes in the lower half. A word is
 * replaced atomically, so a signal handler or another thread may store options at the same
 * time.
 */
static uint64_t option_key(int level, int name, size_t size, size_t part)
{
	return (uint64_t)(1 + (level & 0xff)) << 55 | (uint64_t)(name & 0xff) << 47 |
	       (uint64_t)size << 39 | (uint64_t)part << 32;
}

#define OPTION_NAME (0x1ffffULL << 47)
#define OPTION_PART (0x7fULL << 32)

/*
 * Overflow for programs that set more options than a record has words for. Each word has the
 * identity of its socket; it is free if that socket has no record any more. To fill an entry:
 * identity = BUSY by compare-and-swap, then the word, then the identity.
 */
enum { OVERFLOW_WORDS = 1024 };
struct overflow {
	_Atomic uint64_t identity, word;
};
UH_LARGE static struct overflow overflow[OVERFLOW_WORDS];

/*
 * Returns how many words to search: those of the record, and the overflow if the record is
 * full.
 */
static unsigned words_to_search(uh_slot *at)
{
	bool full = atomic_load(&at[UH_OPTIONS + UH_OPTION_WORDS - 1]) != 0;

	return UH_OPTION_WORDS + (full ? OVERFLOW_WORDS : 0);
}

static _Atomic uint64_t *word_place(uh_slot *at, uint64_t identity, unsigned i)
{
	struct overflow *further = i < UH_OPTION_WORDS ? NULL : &overflow[i - UH_OPTION_WORDS];

	if (!further)
		return &at[UH_OPTIONS + i];
	return atomic_load(&further->identity) == identity ? &further->word : NULL;
}

static uint64_t word_at(uh_slot *at, uint64_t identity, unsigned i)
{
	_Atomic uint64_t *place = word_place(at, identity, i);

	return place ? atomic_load(place) : 0;
}

static bool store_in_overflow(uint64_t identity, uint64_t word)
{
	for (unsigned i = 0; i < OVERFLOW_WORDS; i++) {
		uint64_t other = atomic_load(&overflow[i].identity);

		if (other == UH_SLOT_BUSY || uh_record_slot_find(other) ||
		    !atomic_compare_exchange_strong(&overflow[i].identity, &other,
						    UH_SLOT_BUSY))
			continue;
		atomic_store(&overflow[i].word, word);
		atomic_store(&overflow[i].identity, identity);
		return true;
	}
	return false;
}

/* Replaces the word of the same piece of the same option, or takes an empty word. */
static bool store_word(uh_slot *at, uint64_t identity, uint64_t word)
{
	uint64_t which = OPTION_NAME | OPTION_PART;

	for (unsigned i = 0; i < words_to_search(at); i++) {
		_Atomic uint64_t *place = word_place(at, identity, i);
		uint64_t old = place ? atomic_load(place) : ~word;

		while (old == 0 || (old & which) == (word & which))
			if (atomic_compare_exchange_weak(place, &old, word))
				return true;
	}
	return store_in_overflow(identity, word);
}

bool uh_record_set_option(uint64_t identity, int level, int name, const void *value,
			  size_t size)
{
	uh_slot *at = size <= UH_OPTION_MAX ? uh_record_slot_find(identity) : NULL;
	size_t part = 0;

	if (!at)
		return false;
	do {
		uint32_t piece = 0;
		size_t left = size - part * 4;

		memcpy(&piece, (const char *)value + part * 4, left < 4 ? left : 4);
		if (!store_word(at, identity, option_key(level, name, size, part) | piece))
			return false;
		part++;
	} while (part * 4 < size);
	return true;
}

bool uh_record_get_option(uint64_t identity, int level, int name, void *value, size_t *size)
{
	uint64_t key = option_key(level, name, 0, 0) & OPTION_NAME;
	uh_slot *at = uh_record_slot_find(identity);
	bool found = false;

	for (unsigned i = 0; at && i < words_to_search(at); i++) {
		uint64_t word = word_at(at, identity, i);
		size_t start = (size_t)(word >> 32 & 0x7f) * 4;
		uint32_t piece = (uint32_t)word;

		if ((word & OPTION_NAME) != key)
			continue;
		if (start == 0)
			*size = (size_t)(word >> 39 & 0xff);
		if (start + 4 <= UH_OPTION_MAX)
			memcpy((char *)value + start, &piece, 4);
		found = true;
	}
	return found;
}

void uh_record_each_option(uint64_t identity, void (*visit)(int level, int name, void *context),
			   void *context)
{
	uh_slot *at = uh_record_slot_find(identity);

	for (unsigned i = 0; at && i < words_to_search(at); i++) {
		uint64_t word = word_at(at, identity, i);

		if (word && !(word & OPTION_PART))
			visit((int)(word >> 55 & 0x1ff) - 1, (int)(word >> 47 & 0xff), context);
	}
}
