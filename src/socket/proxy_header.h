/* SPDX-License-Identifier: MIT */
/* proxy_header.h: the first bytes to a target that wants to know who really calls. */
#ifndef UH_PROXY_HEADER_H
#define UH_PROXY_HEADER_H

#include "table/route.h"

/* What a header can say. */
struct uh_proxy {
	struct uh_endpoint from, to; /* the program's own name, and where it asked to go */
	uint32_t process, user;	     /* its process id and effective user: v2 only */
	const char *name;	     /* the host name that it asked for, or NULL: v2 only */
};

/* Types of our own, from the range that HAProxy's specification leaves to applications. */
enum {
	UH_PROXY_TLV_PROCESS = 0xe0, /* 4 bytes, network order */
	UH_PROXY_TLV_USER = 0xe1,    /* the same */
};

#define UH_PROXY_HEADER_MAX 384 /* bytes that hold any header */

/*
 * Writes the header of version (UH_PROXY_V1 or UH_PROXY_V2) as HAProxy's specification
 * (doc/proxy-protocol.txt) has it, into header of UH_PROXY_HEADER_MAX bytes. Two IPv4
 * addresses, in mapped form too, go as TCP over IPv4, any others as TCP over IPv6. A name over
 * 255 bytes is left out. Returns the header's length. Async-signal-safe.
 */
size_t uh_proxy_header(enum uh_proxy_protocol version, const struct uh_proxy *proxy,
		       unsigned char *header);

#endif
