/* SPDX-License-Identifier: MIT */
/* world.h: the network namespace of fuzz_sockaddr.c, with its routes and servers. */
#ifndef UH_FUZZ_WORLD_H
#define UH_FUZZ_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * The first of five ports of the public address: without a route, to a Unix socket, to an
 * abstract Unix socket, to another address of the same family, to one of the other family.
 * Nobody listens on the port behind them; on these five, the public address listens as well.
 */
#define WORLD_PORT 7000

/*
 * Enters a network namespace that has only loopback, and sets the environment variables that
 * routes are read from. If that is not permitted, the process ends with status 77, so that no
 * connection is ever made outside.
 */
void world_make(void);

/* Writes the public address, v4-mapped if requested and possible. Returns its length. */
size_t world_address(struct sockaddr_storage *address, int family, bool mapped, uint16_t port);

/* True if a route may match a connection to the address. */
bool world_is_routed(const struct sockaddr_storage *address);

/* Accepts and closes all waiting connections of the servers. */
void world_accept(void);

/* Returns how many of the first 64 descriptors are open. */
int world_count_descriptors(void);

#endif
