/* SPDX-License-Identifier: MIT */
/* datagram_sums.h: adds up the datagrams of traced programs by destination. */
#ifndef UH_DATAGRAM_SUMS_H
#define UH_DATAGRAM_SUMS_H

#include "pending.h"

/* The sums, in a uthash map. NULL is no sum. */
struct uh_datagram_sum;

/*
 * Adds the datagrams of a message to those that differ in time and number only. Returns true if
 * these are the first ones. Returns false with errno ENOMEM if memory ran out, and 0 otherwise.
 * The texts must live as long as the sums.
 */
bool uh_datagram_sums_add(struct uh_datagram_sum **sums, const struct uh_connection *datagrams);

/* Gives each sum to report(context, …), in the order of their first datagrams. */
void uh_datagram_sums_report(const struct uh_datagram_sum *sums, uh_on_connection *report,
			     void *context);

/* Frees the map, which is empty afterwards. */
void uh_datagram_sums_free(struct uh_datagram_sum **sums);

#endif
