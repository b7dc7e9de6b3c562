/* SPDX-License-Identifier: MIT */
/* loaded_objects.c: reads the loader's list of objects, and their tables of symbols. */
#include "loaded_objects.h"

#ifdef __GLIBC__
/* Weak, or the linker would say that we need ld.so besides libc. */
extern struct r_debug _r_debug __attribute__((weak));

enum { HIDDEN = 0x8000 }; /* in a symbol's version: not the default one */

const struct link_map *uh_loaded_first(void)
{
	return &_r_debug ? _r_debug.r_map : NULL;
}

const struct link_map *uh_loaded_own(void)
{
	const struct link_map *map = uh_loaded_first();

	while (map && map->l_ld != _DYNAMIC)
		map = map->l_next;
	return map;
}

/* glibc makes the addresses absolute in place, but not where the section can't be written to.
 */
static const void *address_in(const struct link_map *map, ElfW(Addr) value)
{
	return (const void *)(value < map->l_addr ? map->l_addr + value : value);
}

static void read_entry(const struct link_map *map, const ElfW(Dyn) * entry,
		       struct uh_loaded *object)
{
	const void *address = address_in(map, entry->d_un.d_ptr);

	switch (entry->d_tag) {
	case DT_GNU_HASH:
		object->hash = address;
		break;
	case DT_SYMTAB:
		object->symbols = address;
		break;
	case DT_STRTAB:
		object->names = address;
		break;
	case DT_VERSYM:
		object->versions = address;
		break;
	case DT_VERDEF:
		object->defined = address;
		break;
	case DT_VERNEED:
		object->needed = address;
		break;
	case DT_JMPREL:
		object->calls = address;
		break;
	case DT_PLTRELSZ:
		object->calls_size = entry->d_un.d_val;
		break;
	case DT_FLAGS:
		object->bound_at_start |= (entry->d_un.d_val & DF_BIND_NOW) != 0;
		break;
	case DT_FLAGS_1:
		object->bound_at_start |= (entry->d_un.d_val & DF_1_NOW) != 0;
		break;
	}
}

bool uh_loaded_read(const struct link_map *map, struct uh_loaded *object)
{
	*object = (struct uh_loaded){0};
	for (const ElfW(Dyn) *at = map->l_ld; at->d_tag != DT_NULL; at++)
		read_entry(map, at, object);
	return object->hash && object->symbols && object->names;
}

uint32_t uh_loaded_hash(const char *name)
{
	uint32_t hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash;
}

/* libc's strcmp(3) may not have been bound yet. */
bool uh_loaded_same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static bool is_definition(const struct uh_loaded *object, uint32_t i, const char *name)
{
	const ElfW(Sym) *symbol = &object->symbols[i];

	return symbol->st_shndx != SHN_UNDEF &&
	       uh_loaded_same(object->names + symbol->st_name, name) &&
	       !(object->versions && object->versions[i] & HIDDEN);
}

/* The filter: two bits of a word are set for each name that is there. */
static bool may_have(const struct uh_loaded *object, uint32_t hash)
{
	const ElfW(Addr) *filter = (const void *)(object->hash + 4);
	const unsigned bits = 8 * sizeof(*filter);
	ElfW(Addr) word = filter[hash / bits & (object->hash[2] - 1)];

	return word >> hash % bits & word >> (hash >> object->hash[3]) % bits & 1;
}

/*
 * The table: number of buckets, first symbol in a chain, words of the filter, its shift; the
 * filter; the buckets, each with its chain's first symbol; a hash for each symbol, whose lowest
 * bit ends a chain.
 */
const ElfW(Sym) *
    uh_loaded_find(const struct uh_loaded *object, const char *name, uint32_t hash)
{
	uint32_t buckets = object->hash[0], first = object->hash[1];
	const uint32_t *bucket =
	    (const void *)((const ElfW(Addr) *)(object->hash + 4) + object->hash[2]);
	const uint32_t *hashes = bucket + buckets;
	uint32_t i, seen;

	if (!buckets || !may_have(object, hash))
		return NULL;
	i = bucket[hash % buckets];
	if (i < first)
		return NULL;
	do {
		seen = hashes[i - first];
		if ((seen | 1) == (hash | 1) && is_definition(object, i, name))
			return &object->symbols[i];
		i++;
	} while (!(seen & 1));
	return NULL;
}
#endif
