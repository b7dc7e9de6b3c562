/* SPDX-License-Identifier: MIT */
/* heard_names.c: addresses and their names, in a fixed table. */
#include "heard_names.h"

#include "base/large.h"
#include "base/seqlock.h"

/* An address has its entry in one of WINDOW places from the one that it hashes to. */
enum { PLACES = 1024, WINDOW = 4 };

struct heard {
	struct uh_address address;
	char name[UH_NAME_MAX + 1];
};

enum { WORDS = (sizeof(struct heard) + 7) / 8 };

union image {
	struct heard heard;
	uint64_t word[WORDS];
};

UH_LARGE static struct {
	uh_seqlock sequence;
	_Atomic uint64_t word[WORDS];
} entries[PLACES];

static uint64_t hash(const struct uh_address *address)
{
	uint64_t half[2];

	memcpy(half, address, sizeof(half));
	return (half[0] * 0x9e3779b97f4a7c15u ^ half[1]) * 0xd6e8feb86659fd93u >> 32;
}

static bool read_place(uint64_t place, union image *image)
{
	return uh_seqlock_read(&entries[place].sequence, entries[place].word, image->word,
			       WORDS);
}

/* The address's own place, a free one of its window, or the first, which somebody else loses.
 */
static uint64_t place_for(const struct uh_address *address)
{
	uint64_t first = hash(address), place, free_place = first % PLACES;
	bool found_free = false;
	union image image;

	for (unsigned i = 0; i < WINDOW; i++) {
		place = (first + i) % PLACES;
		if (!read_place(place, &image)) {
			if (!found_free)
				free_place = place;
			found_free = true;
		} else if (memcmp(&image.heard.address, address, sizeof(*address)) == 0) {
			return place;
		}
	}
	return free_place;
}

void uh_heard_put(const struct uh_address *address, const char *name)
{
	union image image;
	uint64_t place;

	memset(&image, 0, sizeof(image));
	if (!uh_name_canonical(name, image.heard.name))
		return;
	image.heard.address = *address;
	place = place_for(address);
	uh_seqlock_write(&entries[place].sequence, entries[place].word, image.word, WORDS);
}

bool uh_heard_find(const struct uh_address *address, char *name)
{
	uint64_t first = hash(address);
	union image image;

	for (unsigned i = 0; i < WINDOW; i++)
		if (read_place((first + i) % PLACES, &image) &&
		    memcmp(&image.heard.address, address, sizeof(*address)) == 0) {
			strcpy(name, image.heard.name);
			return true;
		}
	return false;
}
