/* SPDX-License-Identifier: MIT */
/* trace_socket.h: the socket at which running processes find a trace. */
#ifndef UH_TRACE_SOCKET_H
#define UH_TRACE_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

/* A socket that listens at a path (trace_message.h). */
struct uh_trace_socket {
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	bool made; /* the path has been made */
	dev_t device;
	ino_t inode; /* of the path's file */
};

/*
 * Listens with descriptor fd, a SOCK_SEQPACKET socket, at the path of root, or of this user,
 * and replaces a socket on which nobody listens. Returns false on failure (reported), also if
 * another trace listens there. Not async-signal-safe.
 */
bool uh_trace_socket_make(struct uh_trace_socket *made, int fd, int backlog);

/* Removes the path, unless another trace has replaced it. Does nothing if it was not made. */
void uh_trace_socket_remove(struct uh_trace_socket *made);

#endif
