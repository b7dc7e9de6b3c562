/* SPDX-License-Identifier: MIT */
/* intern.h: byte strings held once each, with a place in the section that they will fill. */
#ifndef UH_INTERN_H
#define UH_INTERN_H

#include <stddef.h>

struct uh_interner; /* a uthash map: its types stay in intern.c */

/* One byte string. offset is where uh_interner_copy puts it; value is the user's, NULL at
 * first. */
struct uh_interned {
	const void *bytes;
	size_t size, offset;
	void *value;
};

/* A new, empty pool, or NULL with errno ENOMEM. Freed, with its pieces, by uh_interner_free. */
struct uh_interner *uh_interner_new(void);
void uh_interner_free(struct uh_interner *pool);

/*
 * The piece of these size (at least 1) bytes: the one that is there, or a new copy behind all
 * the others. It lives as long as the pool. NULL with errno ENOMEM.
 */
struct uh_interned *uh_intern(struct uh_interner *pool, const void *bytes, size_t size);

/* The same for a text with its NUL; NULL counts as "". */
struct uh_interned *uh_intern_text(struct uh_interner *pool, const char *text);

/* Bytes of all pieces together, and their copying to where those bytes shall be. */
size_t uh_interner_size(const struct uh_interner *pool);
void uh_interner_copy(const struct uh_interner *pool, void *to);

/* An array that grows: count items of one size. {0} is an empty one; ended by free(items). */
struct uh_vector {
	void *items;
	size_t count, room;
};

/* Appends count items, their bytes undefined, and returns the first; NULL with errno ENOMEM. */
void *uh_vector_add(struct uh_vector *vector, size_t item_size, size_t count);

#endif
