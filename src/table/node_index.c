/* SPDX-License-Identifier: MIT */
/* node_index.c: finds a node of an image by one hash probe. */
#include "node_index.h"

#include "base/hostname.h"
#include "section.h"

/*
 * Checks the text of a name's node, so that callers can read the text without a check: it must
 * end within UH_NAME_MAX bytes, and begin with "*." exactly if the node is a wildcard's.
 */
static bool name_fits(const struct uh_table *table, const struct uh_node *node)
{
	const char *name = uh_items(table, UH_TEXTS, node->text, 2);
	bool wildcard =
	    node->prefix_length != UH_EXACT_NAME && node->prefix_length != UH_STAND_IN;

	return name && strnlen(name, UH_NAME_MAX + 1) <= UH_NAME_MAX &&
	       wildcard == (memcmp(name, "*.", 2) == 0);
}

/* At least half of an intact index is free, so a probe soon ends at a free slot. */
const struct uh_node *uh_node_find(const struct uh_table *table,
				   const struct uh_address *masked, uint32_t prefix_length)
{
	uint32_t slots = uh_section_count(table, UH_SLOTS);
	uint64_t hash = uh_node_hash(masked, prefix_length);
	uint32_t tag = (uint32_t)(hash >> 32);

	for (uint32_t i = 0; i < slots; i++) {
		const struct uh_index_slot *slot =
		    uh_item(table, UH_SLOTS, ((uint32_t)hash + i) & (slots - 1));
		const struct uh_node *found;

		if (!slot || slot->node == UH_NONE)
			return NULL;
		if (slot->tag != tag)
			continue;
		found = uh_item(table, UH_NODES, slot->node);
		if (found && found->prefix_length == prefix_length &&
		    memcmp(&found->address, masked, sizeof(*masked)) == 0)
			return prefix_length <= 128 || name_fits(table, found) ? found : NULL;
	}
	return NULL;
}
