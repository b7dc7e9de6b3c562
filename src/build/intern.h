/* SPDX-License-Identifier: MIT */
/* intern.h: byte strings held once each, with a place in the section that they will fill. */
#ifndef UH_CORE_POOL_H
#define UH_CORE_POOL_H

#include <stddef.h>

struct uh_pool; /* a uthash map: its types stay in intern.c */

/* One byte string. offset is where uh_pool_copy puts it; value is the user's, NULL at first. */
struct uh_piece {
	const void *bytes;
	size_t size, offset;
	void *value;
};

/* A new, empty pool, or NULL with errno ENOMEM. Freed, with its pieces, by uh_pool_free. */
struct uh_pool *uh_pool_new(void);
void uh_pool_free(struct uh_pool *pool);

/*
 * The piece of these size (at least 1) bytes: the one that is there, or a new copy behind all
 * the others. It lives as long as the pool. NULL with errno ENOMEM.
 */
struct uh_piece *uh_pool_put(struct uh_pool *pool, const void *bytes, size_t size);

/* The same for a text with its NUL; NULL counts as "". */
struct uh_piece *uh_pool_put_text(struct uh_pool *pool, const char *text);

/* Bytes of all pieces together, and their copying to where those bytes shall be. */
size_t uh_pool_size(const struct uh_pool *pool);
void uh_pool_copy(const struct uh_pool *pool, void *to);

/* An array that grows: count items of one size. {0} is an empty one; ended by free(items). */
struct uh_vector {
	void *items;
	size_t count, room;
};

/* Appends count items, their bytes undefined, and returns the first; NULL with errno ENOMEM. */
void *uh_vector_add(struct uh_vector *vector, size_t item_size, size_t count);

#endif
