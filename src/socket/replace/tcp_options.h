/* SPDX-License-Identifier: MIT */
/* tcp_options.h: the options of TCP and UDP sockets that can be read and copied. */
#ifndef UH_TCP_OPTIONS_H
#define UH_TCP_OPTIONS_H

#include <stdint.h>

/*
 * The options of one level, in two lists that end with 0. On an unused socket, options in
 * `zero` are 0 or empty; the values of those in `other` depend on the kernel and its sysctls.
 */
struct uh_option_level {
	int level;
	uint8_t zero[32], other[16];
};

extern const struct uh_option_level uh_socket_options, uh_tcp_options, uh_udp_options,
    uh_ip_options, uh_ipv6_options;

#endif
