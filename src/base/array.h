/* SPDX-License-Identifier: MIT */
/*
 * array.h: arrays that grow.
 *
 * The capacity of an array is the smallest power of two that holds its items, so nobody has to
 * store it, and the copying costs each item a constant time. The functions are inline because
 * the preload object, which links this room, must have no call of an allocator.
 */
#ifndef UH_ARRAY_H
#define UH_ARRAY_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* An array of count items of one size. {0} is an empty one; free(items) frees it. */
struct uh_array {
	void *items;
	size_t count;
};

/* Returns the capacity of an array of count items. */
static inline size_t uh_array_capacity(size_t count)
{
	return count < 2
		   ? count
		   : (size_t)1 << (8 * sizeof(long) - (unsigned)__builtin_clzl(count - 1));
}

/*
 * Appends "added" uninitialised items of size bytes and returns the first of them; or NULL with
 * errno ENOMEM, and then the array is as before. Not async-signal-safe.
 */
static inline void *uh_array_add(struct uh_array *array, size_t added, size_t size)
{
	size_t first = array->count, capacity = uh_array_capacity(first + added);

	if (capacity != uh_array_capacity(first)) {
		void *items = NULL;

		if (capacity > 0 && capacity <= SIZE_MAX / size)
			items = realloc(array->items, capacity * size);
		if (!items) {
			errno = ENOMEM;
			return NULL;
		}
		array->items = items;
	}
	array->count = first + added;
	return (char *)array->items + first * size;
}

/*
 * Makes room for one more item of size bytes behind count of them. array is NULL if count is 0.
 * Returns the array, which may have moved, for free(3); or NULL with errno ENOMEM, and then the
 * old array is still valid. Not async-signal-safe.
 */
static inline void *uh_array_grow(void *array, size_t count, size_t size)
{
	struct uh_array grown = {array, count};

	return uh_array_add(&grown, 1, size) ? grown.items : NULL;
}

#endif
