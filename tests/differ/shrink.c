/* SPDX-License-Identifier: MIT */
/* shrink.c: deletes operations for as long as the difference stays. */
#include <string.h>

#include "differ.h"

/* Two differences are the same if they agree in this: the call, its first argument, and how
 * both ended.
 */
uint64_t signature(const struct side sides[2], int at)
{
	const struct operation *operation = &sides[0].shared->operation[at];
	const struct choice *first = argument(operation, 0);
	uint64_t sum = operation->kind;

	if (!is_kind(operation, "poll") && !is_kind(operation, "names") && first)
		sum = sum * 1000003 + (uint64_t)first->value * 31 + (uint64_t)first->more;
	for (int i = 0; i < 2; i++) {
		const struct record *record = &sides[i].shared->record[at];

		sum = sum * 1000003 + (record->result < 0 ? (uint64_t)record->error : 0);
		sum = sum * 1000003 + record->signals;
	}
	return sum;
}

static uint64_t differs(struct side sides[2], const struct operation *operation, unsigned count,
			unsigned lie)
{
	unsigned documented = 0;
	int at;

	sides_run(sides, operation, count, lie);
	at = difference(sides[0].shared, sides[1].shared, &documented);
	return at < 0 ? 0 : signature(sides, at);
}

/* A lie moves with the operation whose result it falsifies, which is never deleted. */
unsigned shrink(struct side sides[2], struct operation *operation, unsigned count, unsigned lie)
{
	struct operation shorter[OPERATIONS];
	uint64_t wanted = differs(sides, operation, count, lie);
	bool again = true;

	while (again) {
		again = false;
		for (unsigned i = count; i-- > 0;) {
			unsigned moved = lie > i + 1 ? lie - 1 : lie;

			if (lie == i + 1)
				continue;
			memcpy(shorter, operation, i * sizeof(*operation));
			memcpy(shorter + i, operation + i + 1,
			       (count - i - 1) * sizeof(*operation));
			if (differs(sides, shorter, count - 1, moved) != wanted)
				continue;
			memcpy(operation, shorter, --count * sizeof(*operation));
			lie = moved;
			again = true;
		}
	}
	differs(sides, operation, count, lie);
	return count;
}
