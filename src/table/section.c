/* SPDX-License-Identifier: MIT */
/* section.c: the size of each section's items, which must be the same on every machine. */
#include "section.h"

const unsigned char uh_section_item[UH_SECTIONS] = {
    [UH_LENGTHS] = 1,
    [UH_PREFILTER] = sizeof(struct uh_prefilter_word),
    [UH_SLOTS] = sizeof(struct uh_index_slot),
    [UH_NODES] = sizeof(struct uh_node),
    [UH_SEGMENTS] = sizeof(struct uh_segment),
    [UH_CELLS] = sizeof(struct uh_cell),
    [UH_ROUTES] = sizeof(struct uh_table_route),
    [UH_TARGETS] = sizeof(struct uh_table_target),
    [UH_CONDITIONS] = sizeof(struct uh_condition),
    [UH_USERS] = sizeof(struct uh_user),
    [UH_SOURCES] = sizeof(struct uh_table_source),
    [UH_TEXTS] = 1,
};

/*
 * 32-bit x86 aligns uint64_t to 4 bytes, other machines to 8. All programs of a host share one
 * image, so the layout must not depend on that: the last member of each structure is at the
 * expected offset, and the structure ends right behind it.
 */
#define UH_LAYOUT(type, last, offset, size)                                                    \
	static_assert(offsetof(struct type, last) == (offset) &&                               \
			  sizeof(struct type) == (size) &&                                     \
			  (offset) + sizeof(((struct type *)NULL)->last) == (size),            \
		      "the same bytes on every machine")

UH_LAYOUT(uh_span, count, 4, 8);
UH_LAYOUT(uh_address, byte, 0, 16);
UH_LAYOUT(uh_prefix, prefix_length, 16, 20);
UH_LAYOUT(uh_table_settings, inline_routes, 84, 88);
UH_LAYOUT(uh_table, unused, 228, 256);
UH_LAYOUT(uh_prefilter_word, unused, 12, 16);
UH_LAYOUT(uh_index_slot, node, 4, 8);
UH_LAYOUT(uh_node, text, 28, 32);
UH_LAYOUT(uh_segment, inner, 8, 12);
UH_LAYOUT(uh_cell, next, 4, 8);
UH_LAYOUT(uh_table_route, unused_too, 52, 56);
UH_LAYOUT(uh_table_target, path_length, 27, 28);
UH_LAYOUT(uh_condition, count, 4, 8);
UH_LAYOUT(uh_user, excluded, 4, 8);
UH_LAYOUT(uh_stamp, young, 44, 48);
UH_LAYOUT(uh_table_source, kind, 52, 56);
static_assert(offsetof(struct uh_table, size) == 16 && offsetof(struct uh_table, names) == 40 &&
		  offsetof(struct uh_table_route, text) == 8 &&
		  offsetof(struct uh_stamp, nanoseconds) == 32,
	      "nothing is left free between members");
static_assert(offsetof(struct uh_table, checksum_all) == UH_IMAGE_ALIGN, "it begins a line");
