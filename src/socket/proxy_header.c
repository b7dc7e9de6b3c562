/* SPDX-License-Identifier: MIT */
/*
 * proxy_header.c: formats the header of the PROXY protocol, as text (v1) or in binary form
 * (v2).
 */
#include "proxy_header.h"

#include <arpa/inet.h>

#include "base/format.h"

#define LINE_MAX_V1 108 /* the longest line has 107 bytes; uh_format adds a NUL */
#define NAME_MAX_V2 255 /* the longest DNS name (RFC 1035) */

enum { TLV_AUTHORITY = 0x02, VERSION_2_PROXY = 0x21, TCP_OVER_V4 = 0x11, TCP_OVER_V6 = 0x21 };

static bool is_v4(const struct uh_proxy *proxy)
{
	return uh_address_is_v4(&proxy->from.address) && uh_address_is_v4(&proxy->to.address);
}

/*
 * Both addresses must be of one family: beside an IPv6 address an IPv4 one is written in mapped
 * form.
 */
static const char *text_of(const struct uh_address *address, bool v4, char *text)
{
	return v4 ? uh_address_format(address, text) : uh_address_format_v6(address, text);
}

static size_t write_v1(const struct uh_proxy *proxy, unsigned char *header)
{
	char from[UH_ADDRESS_TEXT], to[UH_ADDRESS_TEXT];
	bool v4 = is_v4(proxy);

	return uh_format((char *)header, LINE_MAX_V1, "PROXY TCP%d %s %s %u %u\r\n", v4 ? 4 : 6,
			 text_of(&proxy->from.address, v4, from),
			 text_of(&proxy->to.address, v4, to), (unsigned)proxy->from.port,
			 (unsigned)proxy->to.port);
}

/* Each of these functions writes at `at` and returns the place behind what it wrote. */
static unsigned char *put(unsigned char *at, const void *bytes, size_t size)
{
	memcpy(at, bytes, size);
	return at + size;
}

static unsigned char *put_16(unsigned char *at, size_t value)
{
	*at++ = (unsigned char)(value >> 8);
	*at++ = (unsigned char)value;
	return at;
}

static unsigned char *put_address(unsigned char *at, const struct uh_address *address, bool v4)
{
	return v4 ? put(at, address->byte + 12, 4) : put(at, address->byte, 16);
}

static unsigned char *put_tlv(unsigned char *at, unsigned char type, const void *value,
			      size_t size)
{
	*at++ = type;
	return put(put_16(at, size), value, size);
}

static unsigned char *put_number(unsigned char *at, unsigned char type, uint32_t number)
{
	uint32_t value = htonl(number);

	return put_tlv(at, type, &value, sizeof(value));
}

static unsigned char *put_name(unsigned char *at, const char *name)
{
	size_t size = name ? strlen(name) : 0;

	return size && size <= NAME_MAX_V2 ? put_tlv(at, TLV_AUTHORITY, name, size) : at;
}

/* The length precedes the bytes that it counts, so it is written last. */
static size_t write_v2(const struct uh_proxy *proxy, unsigned char *header)
{
	bool v4 = is_v4(proxy);
	unsigned char *at = put(header, "\r\n\r\n\0\r\nQUIT\n", 12), *length, *body;

	*at++ = VERSION_2_PROXY;
	*at++ = v4 ? TCP_OVER_V4 : TCP_OVER_V6;
	length = at;
	body = at = length + 2;
	at = put_address(at, &proxy->from.address, v4);
	at = put_address(at, &proxy->to.address, v4);
	at = put_16(at, proxy->from.port);
	at = put_16(at, proxy->to.port);
	at = put_name(at, proxy->name);
	at = put_number(at, UH_PROXY_TLV_PROCESS, proxy->process);
	at = put_number(at, UH_PROXY_TLV_USER, proxy->user);
	put_16(length, (size_t)(at - body));
	return (size_t)(at - header);
}

size_t uh_proxy_header(enum uh_proxy_protocol version, const struct uh_proxy *proxy,
		       unsigned char *header)
{
	return version == UH_PROXY_V1 ? write_v1(proxy, header) : write_v2(proxy, header);
}
