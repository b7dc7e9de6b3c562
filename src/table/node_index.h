/* SPDX-License-Identifier: MIT */
/* node_index.h: the hash index of an image's nodes. */
#ifndef UH_NODE_INDEX_H
#define UH_NODE_INDEX_H

#include "image.h"

/*
 * Hashes a masked address and its prefix length. The low bits choose a slot, and the high 32
 * bits are its tag. A change of this function is a change of the format (UH_IMAGE_VERSION).
 */
static inline uint64_t uh_node_hash(const struct uh_address *address, uint32_t prefix_length)
{
	uint64_t high, low, hash;

	memcpy(&high, address->byte, 8);
	memcpy(&low, address->byte + 8, 8);
	hash = (low ^ prefix_length) * 0x9e3779b97f4a7c15u;
	hash = (hash ^ (hash >> 32) ^ high) * 0xd6e8feb86659fd93u;
	hash = (hash ^ (hash >> 29)) * 0xbf58476d1ce4e5b9u;
	return hash ^ (hash >> 32);
}

/* Returns the node of a masked address, or of a name's key, or NULL. Async-signal-safe. */
const struct uh_node *uh_node_find(const struct uh_table *table,
				   const struct uh_address *masked, uint32_t prefix_length);

#endif
