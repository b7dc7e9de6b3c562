/* SPDX-License-Identifier: MIT */
/* counter_slots.c: counts connections in a slot of the counter file. */
#include "counter_slots.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

#include "hash.h"
#include "shared_word.h"

static_assert(sizeof(struct uh_counter_slot) == 384, "slots are whole cache lines");
static_assert(offsetof(struct uh_counter_file, slot) == 256, "and begin with one");

/* The file has its own order of errors, because errno values differ between architectures. */
static const int error_of[UH_COUNTER_ERRORS - 1] = {
    ECONNREFUSED, ENOENT,     EACCES, EAGAIN,	    ETIMEDOUT, EHOSTUNREACH,
    ENETUNREACH,  ECONNRESET, EPERM,  EPROTOTYPE,   ENOTDIR,   EADDRNOTAVAIL,
    EADDRINUSE,	  EINTR,      EMFILE, EAFNOSUPPORT,
};

int uh_counter_slot_error(unsigned i)
{
	return i < UH_COUNTER_ERRORS - 1 ? error_of[i] : UH_COUNTER_OTHERS;
}

unsigned uh_counter_slot_place(int error)
{
	unsigned i = 0;

	while (i < UH_COUNTER_ERRORS - 1 && error_of[i] != error)
		i++;
	return i;
}

/*
 * A 1024th of the number; the rest counts as 1 with its probability. A count of calls alone
 * would not do: of many children that make one connection each, all would start with their
 * parent's count. The time makes them differ.
 */
static uint32_t thousandths(uint64_t seconds, uint32_t number)
{
	static _Atomic uint32_t turn;
	uint32_t n = atomic_fetch_add_explicit(&turn, 1, memory_order_relaxed);

	return number / 1024 + (uh_hash_word(seconds, n) % 1024 < number % 1024);
}

uint64_t uh_counter_slot_connections(const struct uh_counter_slot *slot)
{
	int64_t about = (int64_t)slot->thousands * 1024;
	int64_t exactly = about + (int32_t)(slot->connections - (uint32_t)about);

	return exactly < 0 ? slot->connections : (uint64_t)exactly;
}

bool uh_counter_slot_add(struct uh_counter_slot *slot, uint64_t now, const struct uh_uses *uses)
{
	if (!uh_shared_add(&slot->connections, uses->number))
		return false;
	uh_shared_add(&slot->thousands, thousandths(now, uses->number));
	if (uses->fell_back)
		uh_shared_add(&slot->fallbacks, uses->number);
	if (uses->error)
		uh_shared_add(&slot->failure[uh_counter_slot_place(uses->error)], uses->number);
	return true;
}
