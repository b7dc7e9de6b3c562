/* SPDX-License-Identifier: MIT */
/* tcp_options.h: the options that a TCP or UDP socket keeps, and that can be read back. */
#ifndef UH_TCP_OPTIONS_H
#define UH_TCP_OPTIONS_H

#include <stdint.h>

/*
 * Names of one level, each list ended by 0. The value of the first is 0, or of no bytes, on
 * every socket that nobody has set it on; that of the others depends on the kernel and its
 * sysctls.
 */
struct uh_option_level {
	int level;
	uint8_t zero[32], other[16];
};

extern const struct uh_option_level uh_socket_options, uh_tcp_options, uh_udp_options,
    uh_ip_options, uh_ipv6_options;

#endif
