/* SPDX-License-Identifier: MIT */
/* loaded_objects.c: reads the loader's list of objects, and their tables of symbols. */
#include "loaded_objects.h"

#ifdef __GLIBC__
/* Weak, because our object would otherwise need ld.so besides libc. */
extern struct r_debug _r_debug __attribute__((weak));

enum { HIDDEN = 0x8000 }; /* bit of a symbol's version that is not the default one */

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

/* glibc makes the address of an entry absolute in place, unless the section is read-only. */
static void read_entry(const struct link_map *map, const ElfW(Dyn) * entry,
		       struct uh_loaded *object)
{
	const ElfW(Addr) value = entry->d_un.d_ptr;
	const void *address = (const void *)(value < map->l_addr ? map->l_addr + value : value);

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

/* libc's strcmp(3) may not be bound yet. */
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

/* False if the object's Bloom filter excludes the name: a name sets two bits of one word. */
static bool may_have(const struct uh_loaded *object, uint32_t hash)
{
	const ElfW(Addr) *filter = (const void *)(object->hash + 4);
	const unsigned bits = 8 * sizeof(*filter);
	ElfW(Addr) word = filter[hash / bits & (object->hash[2] - 1)];

	return word >> hash % bits & word >> (hash >> object->hash[3]) % bits & 1;
}

/*
 * The layout of DT_GNU_HASH: the number of buckets, the first symbol that has a hash, the
 * number of words in the filter, the filter's shift; the filter; the buckets, each with the
 * first symbol of its chain; and a hash for each symbol, whose lowest bit marks the end of a
 * chain.
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
