/* SPDX-License-Identifier: MIT */
/* stand_in_networks.h: stand-in networks that may collide with real ones. */
#ifndef UH_STAND_IN_NETWORKS_H
#define UH_STAND_IN_NETWORKS_H

struct uh_table;
struct uh_table_request;

/*
 * Warns of a stand-in network that is not reserved, or that this host has an address in or a
 * route to.
 */
void uh_warn_of_stand_ins(const struct uh_table_request *source, const struct uh_table *table);

#endif
