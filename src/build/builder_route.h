/* SPDX-License-Identifier: MIT */
/* builder_route.h: one route as the builder keeps it: made from a configured one, and put in
 * order. */
#ifndef UH_BUILDER_ROUTE_H
#define UH_BUILDER_ROUTE_H

#include "layout.h"

/*
 * Copies a route into the builder's pools and checks what can be seen of it alone. Returns the
 * entry, ended by free(3), or NULL with errno EINVAL (reported) or ENOMEM.
 */
struct uh_builder_route *uh_builder_route_new(struct uh_builder *builder,
					      const struct uh_route *route);

/*
 * For qsort(3) over pointers to entries: falling specificity. Longer prefix, address, narrower
 * ports, programs and users before either before none; the rest makes equals deterministic,
 * whatever the order in the files: lists of programs and users by their content, then ports.
 */
int uh_builder_route_compare(const void *a, const void *b);

/* True when two neighbours in that order take the same ports with nothing to prefer one by. */
bool uh_builder_route_is_ambiguous(const struct uh_builder_route *first,
				   const struct uh_builder_route *second);

#endif
