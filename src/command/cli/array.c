/* SPDX-License-Identifier: MIT */
/* array.c: arrays that grow by one item at a time. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

void *uh_array_grow(void *array, size_t count, size_t size)
{
	/* Room doubles at every power of two, so nobody has to remember a capacity. */
	if (count & (count - 1))
		return array;
	size_t room = count ? 2 * count : 1;
	void *grown = room <= SIZE_MAX / size ? realloc(array, room * size) : NULL;

	if (!grown)
		uh_error("%s", strerror(ENOMEM));
	return grown;
}
