/* SPDX-License-Identifier: MIT */
/* ip_sockets.c: parses a line of /proc/net/tcp, tcp6, udp or udp6. */
#include "ip_sockets.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

/*
 * Reads an address of 8 or 32 hexadecimal digits. The kernel prints an address as 32-bit words
 * in its own byte order.
 */
static bool read_address(const char *digits, struct uh_address *address)
{
	size_t words = strlen(digits) / 8;
	uint32_t word[4] = {0, 0, htobe32(0xffff), 0};
	uint32_t *first = words == 1 ? &word[3] : word;

	if (strlen(digits) != 8 && strlen(digits) != 32)
		return false;
	for (size_t i = 0; i < words; i++)
		if (sscanf(digits + 8 * i, "%8x", &first[i]) != 1)
			return false;
	memcpy(address->byte, word, sizeof(word));
	return true;
}

bool uh_ip_socket_parse(const char *line, struct uh_ip_socket *socket)
{
	char local[33], remote[33];
	unsigned local_port, remote_port, user;

	*socket = (struct uh_ip_socket){.state = 0};
	if (sscanf(line,
		   " %*u: %32[0-9A-F]:%x %32[0-9A-F]:%x %x %*x:%*x %*x:%*x %*x %u %*u %lu",
		   local, &local_port, remote, &remote_port, &socket->state, &user,
		   &socket->inode) != 7 ||
	    !read_address(local, &socket->local.address) ||
	    !read_address(remote, &socket->remote.address))
		return false;
	socket->local.port = (uint16_t)local_port;
	socket->remote.port = (uint16_t)remote_port;
	socket->user = user;
	return true;
}
