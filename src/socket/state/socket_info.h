/* SPDX-License-Identifier: MIT */
/* socket_info.h: what the program's socket is, asked of the kernel just before it is connected.
 */
#ifndef UH_SOCKET_INFO_H
#define UH_SOCKET_INFO_H

#include "table/route.h"

struct uh_socket {
	int fd;
	int type, protocol; /* SO_TYPE, SO_PROTOCOL */
	sa_family_t domain; /* AF_INET or AF_INET6 */
	uint64_t
	    identity; /* SO_COOKIE (uh_socket_identity): the number may get another socket */
	bool is_new;  /* made here by socket(2), and changed by no other process since */
	struct uh_endpoint local; /* getsockname(2): unspecified and port 0 if it isn't bound */
};

/* True if socket->fd still stands for that socket. errno is kept. Async-signal-safe. */
bool uh_is_same(const struct uh_socket *socket);

/*
 * Fills in what fd is and returns UH_TCP (a stream in the state CLOSE) or UH_UDP, or 0 for
 * anything else, which no route is for. errno is kept. Async-signal-safe.
 */
int uh_socket_read(int fd, struct uh_socket *socket);

/* The value of an int option, or otherwise where it can't be read. errno is not kept. */
int uh_int_option(int fd, int level, int name, int otherwise);

#endif
