/* SPDX-License-Identifier: MIT */
/*
 * socket_info.h: what the program's socket is, read from the kernel just before connecting it.
 */
#ifndef UH_SOCKET_INFO_H
#define UH_SOCKET_INFO_H

#include "table/route.h"

struct uh_socket {
	int fd;
	int type, protocol;	  /* SO_TYPE, SO_PROTOCOL */
	sa_family_t domain;	  /* AF_INET or AF_INET6 */
	uint64_t identity;	  /* uh_socket_identity(): fd may become another socket */
	bool is_new;		  /* made by this process's socket(2) and not changed since */
	struct uh_endpoint local; /* getsockname(2); unspecified, port 0 if unbound */
};

/* True if socket->fd still is that socket. errno is kept. Async-signal-safe. */
bool uh_is_same_socket(const struct uh_socket *socket);

/*
 * Fills in *socket for fd. Returns UH_TCP for a stream socket in the state CLOSE, UH_UDP for a
 * UDP socket, or 0 for anything else, to which no route applies. errno is kept.
 * Async-signal-safe.
 */
int uh_socket_read(int fd, struct uh_socket *socket);

/*
 * Returns the value of an int option, or `otherwise` if it can't be read. errno is not kept.
 * Async-signal-safe.
 */
int uh_get_int_option(int fd, int level, int name, int otherwise);

/* True if fd is a TCP or MPTCP socket that is neither connected nor listening. errno is kept.
 * Async-signal-safe. */
bool uh_is_unconnected_stream(int fd);

/*
 * True if fd is a stream that was replaced by another socket. Makes a system call if this
 * process has records. errno is kept. Async-signal-safe.
 */
bool uh_is_replaced_stream(int fd);

/*
 * uh_is_replaced_stream for calls that any socket makes: a descriptor that was never routed
 * costs one load. errno is kept. Async-signal-safe.
 */
bool uh_is_hinted_replaced_stream(int fd);

#endif
