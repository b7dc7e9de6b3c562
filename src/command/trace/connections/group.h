/* SPDX-License-Identifier: MIT */
/* group.h: the connections of a trace in groups of connections that are alike. */
#ifndef UH_GROUP_H
#define UH_GROUP_H

#include "connection.h"

/* The members that the connections of one group have in common. */
enum uh_group_key {
	UH_BY_DESTINATION, /* address, port and protocol, and whether a route took them */
	UH_BY_WAY, /* all but time, process, user and outcome; datagrams are never together
		    * with connections */
};

/* One group: at least one connection, in the order of the trace. */
struct uh_group {
	const struct uh_connection **connection;
	size_t count;
	uint64_t uses; /* connections and datagrams */
};

/* The groups, those with most connections and datagrams first, then in the order of their first
 * calls. */
struct uh_groups {
	struct uh_group *group;
	size_t count;
	const struct uh_connection **connection; /* what the groups point into */
};

/*
 * Groups the connections of a trace. The caller frees *groups by uh_groups_free(), before the
 * trace. Returns false with *groups empty if memory ran out (reported).
 */
bool uh_group(const struct uh_trace *trace, enum uh_group_key key, struct uh_groups *groups);
void uh_groups_free(struct uh_groups *groups);

#endif
