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

static unsigned weights(enum sort sort)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < kind_count; i++)
		sum += kinds[i].weight[sort];
	return sum;
}

static uint8_t kind_named(const char *name)
{
	uint8_t kind = 0;

	while (strcmp(kinds[kind].name, name) != 0)
		kind++;
	return kind;
}

static uint8_t any_kind(uint64_t *state, enum sort sort)
{
	unsigned rest = below(state, weights(sort)), kind = 0;

	while (rest >= kinds[kind].weight[sort])
		rest -= kinds[kind++].weight[sort];
	return (uint8_t)kind;
}

/* Most is done to the first slots, by the main thread: calls that meet on one socket are the
 * interesting ones. */
static struct operation make(uint64_t *state, uint8_t kind, enum sort sort)
{
	unsigned most = sort == STREAMS ? SLOTS : SLOTS / 2;
	struct operation operation = {.kind = kind,
				      .slot = (uint8_t)below(state, 1 + below(state, most))};

	if (below(state, 4) == 0)
		operation.actor = (uint8_t)below(state, ACTORS);
	for (unsigned i = 0; i < ARGUMENTS; i++) {
		unsigned count = kinds[kind].argument[i].count;

		operation.choice[i] = (uint8_t)(count ? below(state, count) : 0);
	}
	return operation;
}

static bool is_of_family(const struct operation *first, const struct operation *at,
			 int64_t family)
{
	for (const struct operation *before = at; before-- > first;) {
		if (before->slot == at->slot && is_kind(before, "datagram socket"))
			return argument(before, 0)->value == family;
	}
	return false;
}

/* An IPv4 socket can't send to an IPv6 address, which is an error that is soon known. */
static void suit(const struct operation *first, struct operation *at)
{
	perform *does = kinds[at->kind].perform;

	if ((does != do_connect_datagram && does != do_sendto_datagram &&
	     does != do_sendmsg_datagram) ||
	    !is_of_family(first, at, AF_INET))
		return;
	while (argument(at, 0)->value == PUBLIC6 || argument(at, 0)->value == MAPPED)
		at->choice[0]++;
}

/* An address of the socket's own family. */
static uint8_t usual_address(enum sort sort, const struct operation *socket)
{
	if (argument(socket, 0)->value == AF_INET)
		return 0;
	return sort == STREAMS ? 3 : 1;
}

/* Among operations of any kind stand those without which nothing happens: a socket, its
 * connection, the accept; with datagrams one that is sent, and the answer to it. */
unsigned generate(uint64_t seed, struct operation *operation)
{
	static const char *const usual_kinds[SORTS][3] = {
	    {"socket", "connect", "server"},
	    {"datagram socket", "datagram sendto", "datagram receive"}};
	enum sort sort = seed % 3 ? STREAMS : DATAGRAMS;
	uint64_t state = seed;
	unsigned before = below(&state, 5), count = 8 + below(&state, OPERATIONS - 8);

	for (unsigned i = 0; i < count; i++) {
		bool usual = i == 0 || i == before + 1 || i == before + 2;
		const char *kind = usual_kinds[sort][i == 0 ? 0 : i == before + 1 ? 1 : 2];

		operation[i] =
		    make(&state, usual ? kind_named(kind) : any_kind(&state, sort), sort);
		if (sort == DATAGRAMS && below(&state, 4))
			suit(operation, &operation[i]);
		if (!usual)
			continue;
		operation[i].slot = 0;
		if (i > 0)
			operation[i].choice[i > before + 1 ? 0 : 1] = 0;
		if (i == before + 1 && below(&state, 4))
			operation[i].choice[0] = usual_address(sort, &operation[0]);
	}
	return count;
}
