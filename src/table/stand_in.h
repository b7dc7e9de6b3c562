/* SPDX-License-Identifier: MIT */
/*
 * stand_in.h: the addresses that stand for names.
 *
 * A pool is halved. In the lower half each name of a route has an address, in the upper one
 * each
 * "*." name has a block, in which each name that it covers has an address. All of them come
 * from the names' keys and nothing else, so that processes agree without asking each other, and
 * an address that was given out means the same after other routes have come or gone.
 */
#ifndef UH_STAND_IN_H
#define UH_STAND_IN_H

#include "image.h"

/* True for an address of the network. */
bool uh_prefix_holds(const struct uh_prefix *prefix, const struct uh_address *address);

/* True when one of the two networks lies in the other. */
bool uh_prefixes_meet(const struct uh_prefix *a, const struct uh_prefix *b);

/* The address of a name by its key. */
struct uh_address uh_stand_in_address(const struct uh_prefix *pool,
				      const struct uh_address *key);

/* The block of a "*." name by its key, and the length that all blocks of a pool have. */
struct uh_prefix uh_stand_in_block(const struct uh_prefix *pool, const struct uh_address *key);
uint32_t uh_stand_in_block_length(const struct uh_prefix *pool);

/* The address in a block of a name that "*." covers. */
struct uh_address uh_stand_in_within(const struct uh_prefix *block,
				     const struct uh_address *key);

/* Another key for the same name, where an address is taken; and how often one is looked for. */
#define UH_STAND_IN_ATTEMPTS 64
struct uh_address uh_next_key(const struct uh_address *key);

#endif
