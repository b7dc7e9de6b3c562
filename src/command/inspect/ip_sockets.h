/* SPDX-License-Identifier: MIT */
/* ip_sockets.h: parses the tables of TCP and UDP sockets in /proc/net: proc_net(5). */
#ifndef UH_IP_SOCKETS_H
#define UH_IP_SOCKETS_H

#include <sys/types.h>

#include "base/address.h"

/* States of a TCP socket: include/net/tcp_states.h of the kernel. A connected UDP socket has
 * the first. */
enum { UH_IP_ESTABLISHED = 0x01, UH_IP_SYN_SENT = 0x02, UH_IP_LISTENING = 0x0a };

struct uh_ip_socket {
	struct uh_endpoint local, remote;
	unsigned state;
	uid_t user;
	unsigned long inode;
};

/* Parses a line of tcp, tcp6, udp or udp6. Returns false for a line of another form. */
bool uh_ip_socket_parse(const char *line, struct uh_ip_socket *socket);

#endif
