/* SPDX-License-Identifier: MIT */
/* address.h: IP addresses and address:port pairs, in one form for both families. */
#ifndef UH_ADDRESS_H
#define UH_ADDRESS_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

/*
 * 16 bytes in network order. An IPv4 address is stored as v4-mapped IPv6 (RFC 4291, 2.5.5.2),
 * so that one look-up finds a route for 203.0.113.1 if a program asks for ::ffff:203.0.113.1.
 */
struct uh_address {
	unsigned char byte[16];
};
static_assert(sizeof(struct uh_address) == 16, "compared and hashed as 16 bytes");

/* An address and a port in host order. scope_id is the interface of a link-local address, or 0.
 */
struct uh_endpoint {
	struct uh_address address;
	uint32_t scope_id;
	uint16_t port;
};

#define UH_ADDRESS_TEXT 46  /* longest text of an address with its NUL (INET6_ADDRSTRLEN) */
#define UH_ENDPOINT_TEXT 56 /* "[" address "]:" port, with its NUL */
#define UH_V4_PREFIX 96	    /* an IPv4 prefix length p is 96 + p here */

/*
 * Reads an IPv4 or IPv6 literal (no brackets, no zone, no port) into *address. A v4-mapped IPv6
 * literal becomes the IPv4 address. Returns false, with *address unspecified, for anything that
 * inet_pton(3) refuses. Not async-signal-safe.
 */
bool uh_address_parse(const char *text, struct uh_address *address);

/* True for an IPv4 address (::ffff:0:0/96). Async-signal-safe. */
static inline bool uh_address_is_v4(const struct uh_address *address)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(address->byte, mapped, sizeof(mapped)) == 0;
}

/* True for 0.0.0.0, its mapped form and ::. Async-signal-safe. */
bool uh_address_is_unspecified(const struct uh_address *address);

/* True for 127.0.0.0/8, its mapped form and ::1. Async-signal-safe. */
bool uh_address_is_loopback(const struct uh_address *address);

/*
 * True for an address that is not public: private (RFC 1918, 4193), shared (RFC 6598),
 * link-local (RFC 3927, 4291) or loopback. Async-signal-safe.
 */
bool uh_address_is_private(const struct uh_address *address);

/*
 * True for the address of a group of hosts: 224.0.0.0/4 (RFC 5771), 255.255.255.255 (RFC 919),
 * their mapped forms, and ff00::/8 (RFC 4291). Async-signal-safe.
 */
bool uh_address_is_group(const struct uh_address *address);

/*
 * The host to which connect(2) goes for the address asked for, on a socket that is bound to
 * local (zeros if it is not bound). An unspecified address means this host: the result is then
 * the address that the kernel uses. Async-signal-safe.
 */
struct uh_address uh_address_meant(const struct uh_address *asked,
				   const struct uh_address *local);

/* Clears all bits after the first prefix_length (0 to 128). Async-signal-safe. */
void uh_address_mask(struct uh_address *address, unsigned prefix_length);

/*
 * Writes the address as text ("203.0.113.1", "2001:db8::1") into text, which holds
 * UH_ADDRESS_TEXT bytes: as inet_ntop(3), which takes two kilobytes of stack. Returns text.
 * Async-signal-safe.
 */
char *uh_address_format(const struct uh_address *address, char *text);

/* The same, but an IPv4 address is written in its mapped form ("::ffff:203.0.113.1"). */
char *uh_address_format_v6(const struct uh_address *address, char *text);

/* The same for address and port ("203.0.113.1:443", "[2001:db8::1]:443"): UH_ENDPOINT_TEXT
 * bytes. */
char *uh_endpoint_format(const struct uh_endpoint *endpoint, char *text);

/*
 * Reads a sockaddr_in or sockaddr_in6 of length bytes into *endpoint. Returns false for another
 * family, for a length that the kernel rejects as too short (under 16 bytes for AF_INET, under
 * 24 for AF_INET6: RFC 2133), and for one over sizeof(struct sockaddr_storage).
 * Async-signal-safe.
 */
bool uh_endpoint_from_sockaddr(const struct sockaddr *address, socklen_t length,
			       struct uh_endpoint *endpoint);

/*
 * Writes *endpoint as a sockaddr of the family (AF_INET or AF_INET6; an IPv4 address becomes
 * v4-mapped for AF_INET6) into *storage and returns its length, or 0 for an IPv6 address and
 * AF_INET. Async-signal-safe.
 */
socklen_t uh_endpoint_to_sockaddr(const struct uh_endpoint *endpoint, sa_family_t family,
				  struct sockaddr_storage *storage);

#endif
