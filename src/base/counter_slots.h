/* SPDX-License-Identifier: MIT */
/* counter_slots.h: counts in a slot of the counter file, and reads a copy of one. */
#ifndef UH_COUNTER_SLOTS_H
#define UH_COUNTER_SLOTS_H

#include <stdbool.h>

#include "counter_file.h"

/* The errno that failure[i] of a slot counts, or UH_COUNTER_OTHERS. Async-signal-safe. */
int uh_counter_slot_error(unsigned i);

/* The inverse: the index in failure of the element that counts the errno. Async-signal-safe. */
unsigned uh_counter_slot_place(int error);

/* The number of connections that a slot has counted; slot is a copy. Async-signal-safe. */
uint64_t uh_counter_slot_connections(const struct uh_counter_slot *slot);

/* Connections or datagrams with one outcome. */
struct uh_uses {
	uint32_t number;
	int error;	/* 0, or the errno with which they failed */
	bool fell_back; /* no target took them, and they went to the original address */
};

/*
 * Counts them in a slot of a mapped file. now is in seconds since 1970. False if the file no
 * longer has the slot. errno is not kept. Async-signal-safe.
 */
bool uh_counter_slot_add(struct uh_counter_slot *slot, uint64_t now,
			 const struct uh_uses *uses);

#endif
