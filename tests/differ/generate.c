/* SPDX-License-Identifier: MIT */
/* generate.c: a sequence from a number. */
#include <string.h>

#include "differ.h"

/* splitmix64 */
static uint64_t next(uint64_t *state)
{
	uint64_t word = *state += 0x9e3779b97f4a7c15;

	word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
	word = (word ^ word >> 27) * 0x94d049bb133111eb;
	return word ^ word >> 31;
}

static unsigned below(uint64_t *state, unsigned limit)
{
	return (unsigned)(next(state) % limit);
}

static unsigned weights(void)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < kind_count; i++)
		sum += kinds[i].weight;
	return sum;
}

static uint8_t kind_named(const char *name)
{
	uint8_t kind = 0;

	while (strcmp(kinds[kind].name, name) != 0)
		kind++;
	return kind;
}

static uint8_t any_kind(uint64_t *state)
{
	unsigned rest = below(state, weights()), kind = 0;

	while (rest >= kinds[kind].weight)
		rest -= kinds[kind++].weight;
	return (uint8_t)kind;
}

/* Most is done to the first slots, by the main thread: calls that meet on one socket are the
 * interesting ones. */
static struct operation make(uint64_t *state, uint8_t kind)
{
	struct operation operation = {.kind = kind,
				      .slot = (uint8_t)below(state, 1 + below(state, SLOTS))};

	if (below(state, 4) == 0)
		operation.actor = (uint8_t)below(state, ACTORS);
	for (unsigned i = 0; i < ARGUMENTS; i++) {
		unsigned count = kinds[kind].argument[i].count;

		operation.choice[i] = (uint8_t)(count ? below(state, count) : 0);
	}
	return operation;
}

/* Among operations of any kind stand those without which nothing happens: a socket, its
 * connection, the accept. */
unsigned generate(uint64_t seed, struct operation *operation)
{
	uint64_t state = seed;
	unsigned before = below(&state, 5), count = 8 + below(&state, OPERATIONS - 8);

	for (unsigned i = 0; i < count; i++) {
		bool usual = i == 0 || i == before + 1 || i == before + 2;

		operation[i] = make(&state, !usual	     ? any_kind(&state)
					    : i == 0	     ? kind_named("socket")
					    : i > before + 1 ? kind_named("server")
							     : kind_named("connect"));
		if (!usual)
			continue;
		operation[i].slot = 0;
		if (i > 0)
			operation[i].choice[i > before + 1 ? 0 : 1] = 0;
		if (i == before + 1 && below(&state, 4))
			operation[i].choice[0] = operation[0].choice[0] == 2 ? 3 : 0;
	}
	return count;
}
