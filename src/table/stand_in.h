/* SPDX-License-Identifier: MIT */
/*
 * stand_in.h: the addresses that stand for names.
 *
 * A pool is a network that stand-ins are taken from. It has two halves. In the lower half each
 * exact name of a route has one address. In the upper half each wildcard ("*.NAME") has a
 * block, and each name that it covers has an address in the block. Every address is computed
 * from the key of the name alone. So processes agree without communication, and an address that
 * was handed out keeps its meaning after other routes were added or removed.
 */
#ifndef UH_STAND_IN_H
#define UH_STAND_IN_H

#include "table.h"

/* True if the address lies in the network. Async-signal-safe. */
bool uh_prefix_contains(const struct uh_prefix *prefix, const struct uh_address *address);

/* True if one of the two networks lies in the other. Async-signal-safe. */
bool uh_prefixes_overlap(const struct uh_prefix *a, const struct uh_prefix *b);

/* Returns the address of an exact name, computed from its key. Async-signal-safe. */
struct uh_address uh_stand_in_address(const struct uh_prefix *pool,
				      const struct uh_address *key);

/*
 * Returns the block of a wildcard, computed from its key; all blocks of a pool have the same
 * prefix length. Async-signal-safe.
 */
struct uh_prefix uh_stand_in_block(const struct uh_prefix *pool, const struct uh_address *key);
uint32_t uh_stand_in_block_length(const struct uh_prefix *pool);

/*
 * Returns the address of a name that a wildcard covers, computed from its key, in the
 * wildcard's block. Async-signal-safe.
 */
struct uh_address uh_stand_in_within(const struct uh_prefix *block,
				     const struct uh_address *key);

/*
 * Returns the next key to try for the same name, if the address of the last key is taken. At
 * most UH_STAND_IN_ATTEMPTS keys are tried. Async-signal-safe.
 */
#define UH_STAND_IN_ATTEMPTS 64
struct uh_address uh_next_key(const struct uh_address *key);

/*
 * Returns the name for which an address is a stand-in: an exact name, or "*.NAME" if the
 * address lies in a wildcard's block. NULL if no route knows the address. Async-signal-safe.
 */
const char *uh_table_stands_for(const struct uh_table *table, const struct uh_address *address);

/* True if the address lies in a network that stand-ins are taken from. Async-signal-safe. */
bool uh_table_in_pool(const struct uh_table *table, const struct uh_address *address);

#endif
