/* SPDX-License-Identifier: MIT */
/* counter_slots.h: counts in a slot of the counter file, and reads a copy of one. */
#ifndef UH_COUNTER_SLOTS_H
#define UH_COUNTER_SLOTS_H

#include <stdbool.h>

#include "counter_file.h"

/* The errno that failure[i] of a slot counts, or UH_COUNTER_OTHERS. Async-signal-safe. */
int uh_counter_slot_error(unsigned i);

/* The number of connections that a slot has counted; slot is a copy. Async-signal-safe. */
uint64_t uh_counter_slot_connections(const struct uh_counter_slot *slot);

/*
 * Counts a connection in a slot of a mapped file. now is in seconds since 1970. error is 0, or
 * the errno with which the connection failed. fell_back: no target answered, and the connection
 * went to the original address. False if the file no longer has the slot. errno is not kept.
 * Async-signal-safe.
 */
bool uh_counter_slot_add(struct uh_counter_slot *slot, uint64_t now, int error, bool fell_back);

#endif
