/* SPDX-License-Identifier: MIT */
/* builder_route.h: one route in the builder. */
#ifndef UH_BUILDER_ROUTE_H
#define UH_BUILDER_ROUTE_H

#include "layout.h"

/*
 * Copies a route into the builder's interners and checks it by itself. Returns a route that the
 * caller frees with free(3), or NULL with errno EINVAL (reported) or ENOMEM.
 */
struct uh_builder_route *uh_builder_route_new(struct uh_builder *builder,
					      const struct uh_route *route);

/*
 * Compares two pointers to routes for qsort(3), by falling specificity: longer prefix, address,
 * narrower ports, more conditions. The rest of the order makes the result independent of the
 * order in the files: lists of programs and of users by content, first port, protocol.
 */
int uh_builder_route_compare(const void *a, const void *b);

/* True if two neighbours in that order overlap in ports and neither is more specific. */
bool uh_builder_route_is_ambiguous(const struct uh_builder_route *first,
				   const struct uh_builder_route *second);

#endif
