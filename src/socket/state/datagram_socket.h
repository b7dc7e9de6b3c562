/* SPDX-License-Identifier: MIT */
/* datagram_socket.h: which descriptors are UDP sockets whose datagrams may be routed. */
#ifndef UH_DATAGRAM_SOCKET_H
#define UH_DATAGRAM_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * A routed datagram must cost no system call more than another one, so the kind of a socket is
 * noted by descriptor number: from socket(2), else from what the kernel says at the first
 * datagram. The functions below tell of everything after which a note may be wrong. close(2) is
 * not among them, because whatever gives the number to another UDP socket is. A fork voids the
 * notes of other kinds than UH_OTHER_KIND, because the child may change the socket.
 *
 * All functions here are async-signal-safe and keep errno.
 */

/* socket(2) made fd: a UDP socket of the domain AF_INET or AF_INET6, or another socket. */
void uh_datagram_socket_created(int fd, int domain);
void uh_other_socket_created(int fd);

/* fd may be another socket now: dup2(2) and its like, SCM_RIGHTS, pidfd_getfd(2). */
void uh_datagram_socket_forget(int fd);

/* The program has called bind(2) or set an option: either can change how fd may send. */
void uh_datagram_socket_bound(int fd);
void uh_datagram_socket_set(int fd, int level, int name);

/*
 * True if socket(2) made fd as a socket that is no UDP socket, and nothing else has happened.
 * Costs a load.
 */
bool uh_is_other_socket(int fd);

/* True if fd was a UDP socket when its kind was last noted. Costs a load. */
bool uh_is_noted_datagram_socket(int fd);

struct uh_datagram_socket {
	uint64_t identity;  /* uh_socket_identity() */
	sa_family_t domain; /* AF_INET or AF_INET6 */
};

/*
 * Fills in *socket. Returns false if fd is no UDP socket, or one with SO_BROADCAST or
 * IP_TRANSPARENT: its datagrams are left alone. The first call for a socket makes one system
 * call, or six if fd was not made by socket(2) of this process; later calls make none.
 */
bool uh_datagram_socket_read(int fd, struct uh_datagram_socket *socket);

/*
 * True if fd, an AF_INET6 socket for which the function above returned true, can send to IPv4
 * addresses in mapped form: it has no IPV6_V6ONLY and is not bound to an IPv6 address. The
 * first call makes two system calls.
 */
bool uh_datagram_socket_sends_v4(int fd);

#endif
