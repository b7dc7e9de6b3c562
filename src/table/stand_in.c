/* SPDX-License-Identifier: MIT */
/* stand_in.c: computes which address stands for which name. */
#include "stand_in.h"

#include "base/hostname.h"
#include "node_index.h"

bool uh_prefix_contains(const struct uh_prefix *prefix, const struct uh_address *address)
{
	struct uh_address masked = *address;

	uh_address_mask(&masked, prefix->prefix_length);
	return memcmp(&masked, &prefix->address, sizeof(masked)) == 0;
}

bool uh_prefixes_overlap(const struct uh_prefix *a, const struct uh_prefix *b)
{
	return a->prefix_length < b->prefix_length ? uh_prefix_contains(a, &b->address)
						   : uh_prefix_contains(b, &a->address);
}

/* Returns the first bits of head, followed by the rest of tail. */
static struct uh_address join(const struct uh_address *head, uint32_t bits,
			      const struct uh_address *tail)
{
	struct uh_address joined = *head, high = *tail;

	uh_address_mask(&joined, bits);
	uh_address_mask(&high, bits);
	for (int i = 0; i < 16; i++)
		joined.byte[i] |= (unsigned char)(tail->byte[i] ^ high.byte[i]);
	return joined;
}

static void set_bit(struct uh_address *address, uint32_t bit, bool value)
{
	unsigned char mask = (unsigned char)(0x80 >> bit % 8);

	address->byte[bit / 8] &= (unsigned char)~mask;
	if (value)
		address->byte[bit / 8] |= mask;
}

/* Some programs and routers treat .0 and .255 as a network's and a broadcast address. */
static struct uh_address avoid_ends(struct uh_address address)
{
	unsigned char *last = &address.byte[15];

	if (uh_address_is_v4(&address) && (*last == 0 || *last == 255))
		*last ^= 1;
	return address;
}

struct uh_address uh_stand_in_address(const struct uh_prefix *pool,
				      const struct uh_address *key)
{
	struct uh_address address = join(&pool->address, pool->prefix_length, key);

	set_bit(&address, pool->prefix_length, false);
	return avoid_ends(address);
}

/*
 * Two fifths of the bits below the half number the blocks, and three fifths the addresses of a
 * block: a wildcard covers many names, and there are few wildcards.
 */
uint32_t uh_stand_in_block_length(const struct uh_prefix *pool)
{
	uint32_t below = 128 - (pool->prefix_length + 1);

	return 128 - below * 3 / 5;
}

struct uh_prefix uh_stand_in_block(const struct uh_prefix *pool, const struct uh_address *key)
{
	struct uh_prefix block = {
	    .address = join(&pool->address, pool->prefix_length, key),
	    .prefix_length = uh_stand_in_block_length(pool),
	};

	set_bit(&block.address, pool->prefix_length, true);
	uh_address_mask(&block.address, block.prefix_length);
	return block;
}

struct uh_address uh_stand_in_within(const struct uh_prefix *block,
				     const struct uh_address *key)
{
	return avoid_ends(join(&block->address, block->prefix_length, key));
}

struct uh_address uh_next_key(const struct uh_address *key)
{
	return uh_name_key(key, sizeof(*key));
}

static const struct uh_prefix *pool_of(const struct uh_table *table,
				       const struct uh_address *address)
{
	return &table->settings.stand_in[uh_address_is_v4(address) ? UH_IPV4 : UH_IPV6];
}

/* 255.255.255.255 means every host of the link (RFC 919, 7), even if the pool contains it. */
bool uh_table_in_pool(const struct uh_table *table, const struct uh_address *address)
{
	static const unsigned char broadcast[4] = {0xff, 0xff, 0xff, 0xff};

	return uh_prefix_contains(pool_of(table, address), address) &&
	       !(uh_address_is_v4(address) &&
		 memcmp(address->byte + 12, broadcast, sizeof(broadcast)) == 0);
}

const char *uh_table_stands_for(const struct uh_table *table, const struct uh_address *address)
{
	const struct uh_prefix *pool = pool_of(table, address);
	struct uh_address block = *address;
	const struct uh_node *node;

	if (!uh_table_in_pool(table, address))
		return NULL;
	node = uh_node_find(table, address, UH_STAND_IN);
	if (!node) {
		uh_address_mask(&block, uh_stand_in_block_length(pool));
		node = uh_node_find(table, &block, UH_STAND_IN_BLOCK);
	}
	return node ? uh_table_text(table, node->text) : NULL;
}
