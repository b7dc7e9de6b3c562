/* SPDX-License-Identifier: MIT */
/* route_block.h: a route while its options are being read. */
#ifndef UH_ROUTE_BLOCK_H
#define UH_ROUTE_BLOCK_H

#include "table/route.h"

#define UH_TARGETS_MAX 16 /* of one route; each may cost a connect() */

struct uh_config;

/*
 * The options so far, all owned. faulty: a fault was reported, so the route is not built, and
 * not reported again.
 */
struct uh_route_block {
	struct uh_target target[UH_TARGETS_MAX];
	uint16_t udp_port[UH_TARGETS_MAX]; /* of a target's service; 0: its port is a number */
	size_t targets;
	enum uh_protocol protocol;
	enum uh_on_failure on_failure;
	struct uh_texts programs;
	struct uh_users users, peer_users;
	enum uh_proxy_protocol proxy_protocol;
	bool disabled, replaces;
	bool faulty;
};

/* Empties config->block and sets the defaults. */
void uh_route_block_reset(struct uh_config *config);

/* Adds a target. Returns false after a report at config->file and line. */
bool uh_route_block_target(struct uh_config *config, unsigned line, const char *value);

/*
 * The options of a route. Each function takes one value, or reports at config->file and line.
 */
void uh_route_block_to(struct uh_config *config, unsigned line, const char *value);
void uh_route_block_protocol(struct uh_config *config, unsigned line, const char *value);
void uh_route_block_on_failure(struct uh_config *config, unsigned line, const char *value);
void uh_route_block_programs(struct uh_config *config, unsigned line, const char *value);
void uh_route_block_users(struct uh_config *config, unsigned line, const char *value);
void uh_route_block_peer_user(struct uh_config *config, unsigned line, const char *value);
void uh_route_block_proxy_protocol(struct uh_config *config, unsigned line, const char *value);
void uh_route_block_enabled(struct uh_config *config, unsigned line, const char *value);
void uh_route_block_override(struct uh_config *config, unsigned line, const char *value);

/*
 * Adds the block to the builder as a route for destination, unless it is faulty, and resets it.
 * A disabled one is checked, and not added.
 */
void uh_route_block_finish(struct uh_config *config, const char *destination, unsigned line,
			   bool overrides);

#endif
