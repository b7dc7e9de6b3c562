/* SPDX-License-Identifier: MIT */
/*
 * loaded_objects.h: the objects that the loader has mapped, read as a debugger does (link.h).
 *
 * For glibc only. Nothing here takes the loader's lock or calls libc.
 */
#ifndef UH_LOADED_OBJECTS_H
#define UH_LOADED_OBJECTS_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The parts of an object's dynamic section that we need. */
struct uh_loaded {
	const uint32_t *hash;
	const ElfW(Sym) * symbols;
	const char *names;
	const ElfW(Half) * versions;  /* of the symbols, or NULL */
	const ElfW(Verdef) * defined; /* those that the object defines, or NULL */
	const ElfW(Verneed) * needed; /* those that it needs, or NULL */
	const ElfW(Rela) * calls;     /* DT_JMPREL, the relocations of its calls, or NULL */
	size_t calls_size;	      /* in bytes */
	bool bound_at_start;	      /* by -z now */
};

/* The first object, which is the program; NULL if the loader is not glibc's. All functions here
 * are async-signal-safe. */
const struct link_map *uh_loaded_first(void);

/* The object that contains this code, or NULL. */
const struct link_map *uh_loaded_own(void);

/* Reads an object's dynamic section. False if it has no DT_GNU_HASH or no symbols. */
bool uh_loaded_read(const struct link_map *map, struct uh_loaded *object);

/* The hash function of DT_GNU_HASH. */
uint32_t uh_loaded_hash(const char *name);

/* True if two names are equal. Calls no function of libc. */
bool uh_loaded_same(const char *a, const char *b);

/* The object's definition of a name in its default version, or NULL. hash is the name's. */
const ElfW(Sym) *
    uh_loaded_find(const struct uh_loaded *object, const char *name, uint32_t hash);

#endif
