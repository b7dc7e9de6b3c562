/* SPDX-License-Identifier: MIT */
/* address.c: reads, writes and masks addresses of both families. */
#include "address.h"

#include <arpa/inet.h>
#include <endian.h>
#include <netinet/in.h>
#include <string.h>

#include "format.h"

/* The sockaddr_in6 of RFC 2133 had no scope; Linux still accepts it (SIN6_LEN_RFC2133). */
#define SIN6_OLD_LENGTH 24

static const unsigned char v4_mapped[12] = {[10] = 0xff, [11] = 0xff};

/* Sets the v4-mapped form of an IPv4 address. */
static void set_v4(struct uh_address *address, const void *four_bytes)
{
	memcpy(address->byte, v4_mapped, sizeof(v4_mapped));
	memcpy(address->byte + sizeof(v4_mapped), four_bytes, 4);
}

/* inet_pton(3) rejects leading zeros and blanks; inet_aton(3) would read "010" as octal. */
bool uh_address_parse(const char *text, struct uh_address *address)
{
	unsigned char four[4];

	if (inet_pton(AF_INET, text, four) == 1) {
		set_v4(address, four);
		return true;
	}
	return inet_pton(AF_INET6, text, address->byte) == 1;
}

bool uh_address_is_unspecified(const struct uh_address *address)
{
	static const unsigned char none[16];
	size_t skip = uh_address_is_v4(address) ? sizeof(v4_mapped) : 0;

	return memcmp(address->byte + skip, none, sizeof(none) - skip) == 0;
}

bool uh_address_is_loopback(const struct uh_address *address)
{
	static const struct uh_address v6_loopback = {.byte = {[15] = 1}};

	if (uh_address_is_v4(address))
		return address->byte[12] == 127;
	return memcmp(address, &v6_loopback, sizeof(v6_loopback)) == 0;
}

bool uh_address_is_private(const struct uh_address *address)
{
	const unsigned char *byte = address->byte, *v4 = byte + sizeof(v4_mapped);

	if (uh_address_is_loopback(address))
		return true;
	if (!uh_address_is_v4(address)) /* fc00::/7, fe80::/10 */
		return (byte[0] & 0xfe) == 0xfc ||
		       (byte[0] == 0xfe && (byte[1] & 0xc0) == 0x80);
	return v4[0] == 10 ||				 /* 10.0.0.0/8 */
	       (v4[0] == 172 && (v4[1] & 0xf0) == 16) || /* 172.16.0.0/12 */
	       (v4[0] == 192 && v4[1] == 168) ||	 /* 192.168.0.0/16 */
	       (v4[0] == 100 && (v4[1] & 0xc0) == 64) || /* 100.64.0.0/10 */
	       (v4[0] == 169 && v4[1] == 254);		 /* 169.254.0.0/16 */
}

bool uh_address_is_group(const struct uh_address *address)
{
	static const unsigned char broadcast[4] = {0xff, 0xff, 0xff, 0xff};
	const unsigned char *byte = address->byte, *v4 = byte + sizeof(v4_mapped);

	if (!uh_address_is_v4(address))
		return byte[0] == 0xff;
	return (v4[0] & 0xf0) == 0xe0 || memcmp(v4, broadcast, sizeof(broadcast)) == 0;
}

/* The rules are those of ip_route_output_key() and tcp_v6_connect(). */
struct uh_address uh_address_meant(const struct uh_address *asked,
				   const struct uh_address *local)
{
	static const struct uh_address v6_loopback = {.byte = {[15] = 1}};
	static const unsigned char v4_loopback[4] = {127, 0, 0, 1};
	struct uh_address meant = *asked;
	bool bound_to_v4 = uh_address_is_v4(local);

	if (!uh_address_is_unspecified(asked))
		return meant;
	if (uh_address_is_v4(asked) && bound_to_v4 && !uh_address_is_unspecified(local))
		return *local;
	if (!uh_address_is_v4(asked) && !bound_to_v4)
		return v6_loopback;
	set_v4(&meant, v4_loopback);
	return meant;
}

/* The first bits (0 to 64) of eight bytes in network order. */
static uint64_t first_bits(unsigned bits)
{
	/* A shift by 64 bits is undefined. */
	return bits == 0 ? 0 : htobe64(UINT64_MAX << (64 - bits));
}

/* Masks two words, not sixteen bytes, because every connect() does this for each prefix length
 * in use. */
void uh_address_mask(struct uh_address *address, unsigned prefix_length)
{
	unsigned high = prefix_length < 64 ? prefix_length : 64;
	uint64_t half[2];

	memcpy(half, address->byte, sizeof(half));
	half[0] &= first_bits(high);
	half[1] &= first_bits(prefix_length - high);
	memcpy(address->byte, half, sizeof(half));
}

enum { GROUPS = 8 };

static unsigned group(const struct uh_address *address, unsigned i)
{
	const unsigned char *pair = address->byte + (size_t)2 * i;

	return (unsigned)pair[0] << 8 | pair[1];
}

/* The first of the longest runs of two or more zero groups, which "::" replaces. */
struct zeros {
	unsigned first, count; /* GROUPS and 0 if there is no such run */
};

static struct zeros longest_zeros(const struct uh_address *address)
{
	struct zeros best = {GROUPS, 0};

	for (unsigned i = 0, end; i < GROUPS; i = end + 1) {
		for (end = i; end < GROUPS && group(address, end) == 0; end++)
			;
		if (end - i > 1 && end - i > best.count)
			best = (struct zeros){i, end - i};
	}
	return best;
}

char *uh_address_format_v6(const struct uh_address *address, char *text)
{
	const unsigned char *v4 = address->byte + sizeof(v4_mapped);
	struct zeros zeros = longest_zeros(address);
	bool has_v4 = uh_address_is_v4(address) || (zeros.first == 0 && zeros.count == 6);
	char *at = text, *end = text + UH_ADDRESS_TEXT;

	for (unsigned i = 0; i < GROUPS;) {
		bool first = i == 0 || i == zeros.first + zeros.count;
		size_t room = (size_t)(end - at);

		if (i == zeros.first) {
			at += uh_format(at, room, "::");
			i += zeros.count;
		} else if (i == 6 && has_v4) {
			uh_format(at, room, "%s%u.%u.%u.%u", first ? "" : ":", v4[0], v4[1],
				  v4[2], v4[3]);
			break;
		} else {
			at +=
			    uh_format(at, room, "%s%x", first ? "" : ":", group(address, i++));
		}
	}
	return text;
}

char *uh_address_format(const struct uh_address *address, char *text)
{
	const unsigned char *v4 = address->byte + sizeof(v4_mapped);

	if (!uh_address_is_v4(address))
		return uh_address_format_v6(address, text);
	uh_format(text, UH_ADDRESS_TEXT, "%u.%u.%u.%u", v4[0], v4[1], v4[2], v4[3]);
	return text;
}

char *uh_endpoint_format(const struct uh_endpoint *endpoint, char *text)
{
	const char *form = uh_address_is_v4(&endpoint->address) ? "%s:%u" : "[%s]:%u";
	char address[UH_ADDRESS_TEXT];

	uh_format(text, UH_ENDPOINT_TEXT, form, uh_address_format(&endpoint->address, address),
		  (unsigned)endpoint->port);
	return text;
}

/* A short sockaddr_in6 lacks bytes at its end, which are zero, as for the kernel. */
bool uh_endpoint_from_sockaddr(const struct sockaddr *address, socklen_t length,
			       struct uh_endpoint *endpoint)
{
	struct sockaddr_in6 in6 = {0};
	struct sockaddr_in in;
	sa_family_t family;

	if (!address || length < sizeof(struct sockaddr_in) ||
	    length > sizeof(struct sockaddr_storage))
		return false;
	/* The caller's buffer need not be aligned for any of these structs. */
	memcpy(&family, (const char *)address + offsetof(struct sockaddr, sa_family),
	       sizeof(family));
	if (family == AF_INET) {
		memcpy(&in, address, sizeof(in));
		set_v4(&endpoint->address, &in.sin_addr);
		endpoint->scope_id = 0;
		endpoint->port = ntohs(in.sin_port);
		return true;
	}
	if (family != AF_INET6 || length < SIN6_OLD_LENGTH)
		return false;
	memcpy(&in6, address, length < sizeof(in6) ? length : sizeof(in6));
	memcpy(endpoint->address.byte, &in6.sin6_addr, 16);
	endpoint->scope_id = in6.sin6_scope_id;
	endpoint->port = ntohs(in6.sin6_port);
	return true;
}

/* An IPv6 address has no AF_INET form. */
socklen_t uh_endpoint_to_sockaddr(const struct uh_endpoint *endpoint, sa_family_t family,
				  struct sockaddr_storage *storage)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(endpoint->port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(endpoint->port)};

	if (family != AF_INET) {
		memcpy(&in6.sin6_addr, endpoint->address.byte, 16);
		in6.sin6_scope_id = endpoint->scope_id;
		memcpy(storage, &in6, sizeof(in6));
		return sizeof(in6);
	}
	if (!uh_address_is_v4(&endpoint->address))
		return 0;
	memcpy(&in.sin_addr, endpoint->address.byte + sizeof(v4_mapped), 4);
	memcpy(storage, &in, sizeof(in));
	return sizeof(in);
}
