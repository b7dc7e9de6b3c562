/* SPDX-License-Identifier: MIT */
/* resolved_names.c: addresses, and the names whose look-ups gave them. */
#include "resolved_names.h"

#include <assert.h>

#include "base/hash.h"
#include "base/large.h"
#include "base/seqlock.h"

/* An address has its entry in one of WINDOW places from the one that its hash selects. */
enum { PLACES = 1024, WINDOW = 4 };

struct resolved {
	_Alignas(uint64_t) struct uh_address address;
	char name[UH_NAME_MAX + 3]; /* 256 bytes */
};

enum { WORDS = sizeof(struct resolved) / sizeof(uint64_t) };
static_assert(sizeof(struct resolved) % sizeof(uint64_t) == 0, "copied word by word");

UH_LARGE static struct entry {
	uh_seqlock sequence;
	_Atomic uint64_t word[WORDS];
} entries[PLACES];

static struct entry *entry_of(const struct uh_address *address, unsigned i)
{
	return &entries[(uh_hash_bytes(0, address, sizeof(*address)) + i) % PLACES];
}

static bool read_entry(struct entry *entry, struct resolved *resolved)
{
	return uh_seqlock_read(&entry->sequence, entry->word, (uint64_t *)resolved, WORDS);
}

/* Overwrites the address's own entry, else a free one, else the first of its window. */
void uh_resolved_name_put(const struct uh_address *address, const char *name)
{
	struct resolved resolved = {.address = *address}, other;
	struct entry *entry = NULL;

	if (!uh_name_canonical(name, resolved.name))
		return;
	for (unsigned i = 0; i < WINDOW; i++) {
		struct entry *at = entry_of(address, i);

		if (!read_entry(at, &other)) {
			if (!entry)
				entry = at;
		} else if (memcmp(&other.address, address, sizeof(*address)) == 0) {
			entry = at;
			break;
		}
	}
	if (!entry)
		entry = entry_of(address, 0);
	uh_seqlock_write(&entry->sequence, entry->word, (const uint64_t *)&resolved, WORDS);
}

bool uh_resolved_name_find(const struct uh_address *address, char *name)
{
	struct resolved resolved;

	for (unsigned i = 0; i < WINDOW; i++)
		if (read_entry(entry_of(address, i), &resolved) &&
		    memcmp(&resolved.address, address, sizeof(*address)) == 0) {
			strcpy(name, resolved.name);
			return true;
		}
	return false;
}
