/* SPDX-License-Identifier: MIT */
/*
 * soak.h: a million connections from 32 threads while servers die and routes are rewritten.
 *
 * soak.c      starts the world, restarts servers and rewrites routes until the client has ended
 * world.c     a network name space, its addresses and the configuration
 * servers.c   processes that tell each caller their names
 * client.c    the preloaded process: connects in all ways, checks who answers, counts what it
 * holds ways.c      one connection in one of the ways
 */
#ifndef UH_SOAK_H
#define UH_SOAK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/* Who may answer: bits, so that a route can name several. */
enum soak_name {
	SOAK_PATH_A = 1,
	SOAK_PATH_B = 2,
	SOAK_ABSTRACT = 4,
	SOAK_V4 = 8,
	SOAK_V6 = 16,
	SOAK_DATAGRAM = 32, /* IPv4 and IPv6 targets of UDP */
	SOAK_PUBLIC = 64,   /* the public address itself: where no route leads elsewhere */
	SOAK_REFUSED = 128, /* nobody: ECONNREFUSED */
	SOAK_LOST = 256,    /* whoever it was died before it told its name */
	SOAK_NAMES = 9,
};

/* Ports of the public addresses; each family has all of them. */
enum soak_port {
	SOAK_TO_PATH = 1001, /* the two configurations disagree: to A, to B */
	SOAK_TO_ABSTRACT,
	SOAK_TO_OWN,	 /* an address of the same family, whose server dies now and then */
	SOAK_TO_OTHER,	 /* an address of the other family */
	SOAK_TO_LIST,	 /* A, which dies now and then, and B */
	SOAK_TO_NOBODY,	 /* dead targets, then the original */
	SOAK_TO_REFUSAL, /* dead targets, and no way back */
	SOAK_TO_DIRECT,
	SOAK_TO_NO_ROUTE,
	SOAK_TO_DATAGRAM, /* UDP */
	SOAK_PORTS_END,
};

#define SOAK_SERVER_PORT 7000 /* of IP targets, on 127.0.0.2 and ::1 */

/* The answer's text: the name as a decimal number, and a newline. */

/* Enters the name spaces; makes the directory (its path is returned). NULL: not permitted. */
const char *soak_world_make(void);
void soak_world_end(void);

/* Replaces the configuration by the first (even) or second (odd) form, by rename(2). */
void soak_write_routes(unsigned turn);

/* The public address, or a server's: family AF_INET or AF_INET6. */
socklen_t soak_address(struct sockaddr_storage *address, int family, const char *v4,
		       const char *v6, uint16_t port);
socklen_t soak_public(struct sockaddr_storage *address, int family, uint16_t port);

/* Starts a server as a process of its own, which listens when this returns. */
pid_t soak_start(enum soak_name name, const char *directory);

/* Ends a process that was started, and waits for it. */
void soak_stop(pid_t server);

/* The preloaded process. Returns its exit status. */
int soak_client(unsigned threads, unsigned long connections, unsigned seconds);

/* One connection to one port in one way, both chosen by random; returns who answered. *port is
 * what was chosen. */
enum soak_name soak_connect(unsigned random, enum soak_port *port);

/* Says what is wrong, and has the client fail. */
void soak_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
