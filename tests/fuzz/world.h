/* SPDX-License-Identifier: MIT */
/* world.h: the network name space of fuzz_sockaddr.c, with its routes and servers. */
#ifndef UH_FUZZ_WORLD_H
#define UH_FUZZ_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * Ports of the public address, from this on: without a route, to a Unix socket, to the abstract
 * name space, to another address of the family, to one of the other family; the next has nobody
 * listening. The public address listens on all others.
 */
#define WORLD_PORT 7000

/*
 * Enters the name space, where nothing but loopback is, and sets the environment that the
 * routes are read from. Where that is not permitted the process ends with status 77: no
 * connection is ever tried outside.
 */
void world_make(void);

/* Writes the public address, v4-mapped if asked for and possible. Returns its length. */
size_t world_address(struct sockaddr_storage *address, int family, bool mapped, uint16_t port);

/* True when a route could take a connection to that address. */
bool world_is_routed(const struct sockaddr_storage *address);

/* Takes and ends all connections that wait at the servers. */
void world_accept(void);

/* How many of the first 64 descriptors are open. */
int world_count_descriptors(void);

#endif
