/* SPDX-License-Identifier: MIT */
/*
 * next.c: dlsym(RTLD_NEXT) without the loader's lock.
 *
 * A thread that runs a library's constructors holds that lock all the while. Where such a
 * constructor waits for another thread, and that thread connects, dlsym(3) would make both wait
 * for ever. So the loader's list of objects is read as a debugger reads it (link.h): those from
 * us to libc were there when the program started, and neither move nor go.
 */
#include "next.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>

#ifdef __GLIBC__
/* Weak, or the linker would say that we need ld.so besides libc. */
extern struct r_debug _r_debug __attribute__((weak));

enum { HIDDEN = 0x8000 }; /* in a symbol's version: not the default one */

/* What is read of an object's dynamic section. */
struct object {
	const uint32_t *hash;
	const ElfW(Sym) * symbols;
	const char *names;
	const ElfW(Half) * versions; /* or NULL */
};

/* glibc makes the addresses absolute in place, but not where the section can't be written to.
 */
static const void *address_in(const struct link_map *map, ElfW(Addr) value)
{
	return (const void *)(value < map->l_addr ? map->l_addr + value : value);
}

/* False for an object without DT_GNU_HASH. */
static bool read_object(const struct link_map *map, struct object *object)
{
	*object = (struct object){0};
	for (const ElfW(Dyn) *at = map->l_ld; at->d_tag != DT_NULL; at++) {
		const void *address = address_in(map, at->d_un.d_ptr);

		if (at->d_tag == DT_GNU_HASH)
			object->hash = address;
		else if (at->d_tag == DT_SYMTAB)
			object->symbols = address;
		else if (at->d_tag == DT_STRTAB)
			object->names = address;
		else if (at->d_tag == DT_VERSYM)
			object->versions = address;
	}
	return object->hash && object->symbols && object->names;
}

/* DT_GNU_HASH's function. */
static uint32_t hash_of(const char *name)
{
	uint32_t hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash;
}

static bool is_definition(const struct object *object, uint32_t i, const char *name)
{
	const ElfW(Sym) *symbol = &object->symbols[i];

	return symbol->st_shndx != SHN_UNDEF &&
	       strcmp(object->names + symbol->st_name, name) == 0 &&
	       !(object->versions && object->versions[i] & HIDDEN);
}

/*
 * The table: number of buckets, first symbol in a chain, words of the filter, its shift; the
 * filter; the buckets, each with its chain's first symbol; a hash for each symbol, whose lowest
 * bit ends a chain.
 */
static const ElfW(Sym) * find_symbol(const struct object *object, const char *name)
{
	uint32_t buckets = object->hash[0], first = object->hash[1], hash = hash_of(name);
	const uint32_t *bucket =
	    (const void *)((const ElfW(Addr) *)(object->hash + 4) + object->hash[2]);
	const uint32_t *hashes = bucket + buckets;
	uint32_t i = buckets ? bucket[hash % buckets] : 0, seen;

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

/* Where anything is unusual (no such table, a function chosen at run time): NULL. */
static void *find_next(const char *name)
{
	const struct link_map *map = &_r_debug ? _r_debug.r_map : NULL;
	const ElfW(Sym) *symbol = NULL;
	struct object object;

	while (map && map->l_ld != _DYNAMIC)
		map = map->l_next;
	if (!map)
		return NULL;
	while (!symbol && (map = map->l_next)) {
		/* The kernel's vDSO is in the list, but dlsym(3) looks past it. */
		if (map->l_addr == getauxval(AT_SYSINFO_EHDR))
			continue;
		if (!read_object(map, &object))
			return NULL;
		symbol = find_symbol(&object, name);
	}
	if (!symbol || ELF64_ST_TYPE(symbol->st_info) != STT_FUNC)
		return NULL;
	return (void *)(map->l_addr + symbol->st_value);
}
#else
static void *find_next(const char *name)
{
	(void)name;
	return NULL;
}
#endif

void *uh_next_definition(const char *name)
{
	int saved = errno;
	void *function = find_next(name);

	if (!function)
		function = dlsym(RTLD_NEXT, name);
	errno = saved;
	return function;
}
