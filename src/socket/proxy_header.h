/* SPDX-License-Identifier: MIT */
/* proxy_header.h: the PROXY protocol's header, which tells a target who calls. */
#ifndef UH_PROXY_HEADER_H
#define UH_PROXY_HEADER_H

#include "table/route.h"

/* The contents of a header. */
struct uh_proxy {
	struct uh_endpoint from, to; /* the program's own address, and the destination */
	uint32_t process, user;	     /* process id and effective user of the program: v2 only */
	const char *name; /* the host name that the program asked for, or NULL: v2 only */
};

/* Types from the range that HAProxy's specification leaves to applications. */
enum {
	UH_PROXY_TLV_PROCESS = 0xe0, /* 4 bytes in network order */
	UH_PROXY_TLV_USER = 0xe1,    /* the same */
};

#define UH_PROXY_HEADER_MAX 384 /* bytes that hold any header */

/*
 * Formats the header of version (UH_PROXY_V1 or UH_PROXY_V2), as in HAProxy's
 * doc/proxy-protocol.txt, into header of UH_PROXY_HEADER_MAX bytes. Two IPv4 addresses, also in
 * mapped form, are written as TCP over IPv4, all others as TCP over IPv6. A name over 255 bytes
 * is left out. Returns the length of the header. Async-signal-safe.
 */
size_t uh_proxy_header(enum uh_proxy_protocol version, const struct uh_proxy *proxy,
		       unsigned char *header);

#endif
