/* SPDX-License-Identifier: MIT */
/*
 * loaded_objects.h: the objects that the loader has mapped, read as a debugger reads them
 * (link.h).
 *
 * Nothing here takes the loader's lock or calls libc. For glibc alone.
 */
#ifndef UH_LOADED_OBJECTS_H
#define UH_LOADED_OBJECTS_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The parts of an object's dynamic section that are of use here. */
struct uh_loaded {
	const uint32_t *hash;
	const ElfW(Sym) * symbols;
	const char *names;
	const ElfW(Half) * versions;  /* of the symbols, or NULL */
	const ElfW(Verdef) * defined; /* those that the object defines, or NULL */
	const ElfW(Verneed) * needed; /* those that it needs, or NULL */
	const ElfW(Rela) * calls;     /* DT_JMPREL, or NULL */
	size_t calls_size;	      /* in bytes */
	bool bound_at_start;	      /* its calls were, by -z now */
};

/* The first object, the program; NULL if the loader is another one. Async-signal-safe, as
 * all here. */
const struct link_map *uh_loaded_first(void);

/* The object that this code is in, or NULL. */
const struct link_map *uh_loaded_own(void);

/* False for an object without DT_GNU_HASH, or without symbols. */
bool uh_loaded_read(const struct link_map *map, struct uh_loaded *object);

/* DT_GNU_HASH's function. */
uint32_t uh_loaded_hash(const char *name);

/* Whether two names are the same, without a call of libc's. */
bool uh_loaded_same(const char *a, const char *b);

/* The object's own definition of a name, which has that hash, in its default version; or NULL.
 */
const ElfW(Sym) *
    uh_loaded_find(const struct uh_loaded *object, const char *name, uint32_t hash);

#endif
