/* SPDX-License-Identifier: MIT */
/* destination.c: parses the destination of a route. */
#include <stdio.h>
#include <string.h>

#include "base/hostname.h"
#include "route_text.h"
#include "text_hints.h"

#define EXPECTED                                                                               \
	"ADDRESS, ADDRESS/LENGTH or NAME, with :PORT or :FIRST-LAST, IPv6 in [] before a port"

/* Returns the prefix length as people write it for the family of the address. */
static unsigned shown_length(const struct uh_destination *destination)
{
	bool v4 = uh_address_is_v4(&destination->address) &&
		  destination->prefix_length >= UH_V4_PREFIX;

	return destination->prefix_length - (v4 ? UH_V4_PREFIX : 0);
}

/* A name has neither brackets nor colons: a text with them must be a misspelt address. */
static bool may_be_name(const struct uh_parts *parts)
{
	return !parts->bracketed && !strchr(parts->host, ':') && parts->host[0] != '\0';
}

static bool read_name(const char *text, const struct uh_parts *parts,
		      struct uh_destination *destination, char *why)
{
	char name[UH_NAME_MAX + 1];
	const char *compared = name;

	if (!uh_name_parse(parts->host, name, why))
		return false;
	if (parts->length)
		return uh_because(why,
				  "prefix length after the name " UH_QUOTE
				  "; expected a prefix length only after an address",
				  text);
	destination->prefix_length = UH_EXACT_NAME;
	if (uh_name_is_wildcard(name)) {
		compared = uh_name_parent(name);
		destination->prefix_length = (uint8_t)(UH_WILDCARD_NAME + uh_name_labels(name));
	}
	destination->address = uh_name_key(compared, strlen(compared));
	return true;
}

/* A text that is not an address may be misspelt, so the reason shows all accepted forms. */
static bool read_address(const char *text, const struct uh_parts *parts,
			 struct uh_address *address, char *why)
{
	if (strchr(text, '%'))
		return uh_because(why,
				  "zone in " UH_QUOTE
				  "; expected an address without a zone, because a route holds "
				  "for every interface",
				  text);
	if (!uh_address_parse(parts->host, address))
		return uh_because(why, UH_QUOTE " is not an IP address; expected " EXPECTED,
				  text);
	if (parts->bracketed && !strchr(parts->host, ':'))
		return uh_because(
		    why, "IPv4 address in brackets in " UH_QUOTE "; expected no brackets",
		    text);
	return true;
}

/*
 * The prefix length counts in the written family: /24 of 203.0.113.0 is /120 of
 * ::ffff:203.0.113.0.
 */
static bool read_length(const char *text, const struct uh_parts *parts, uint8_t *length,
			char *why)
{
	bool v6 = strchr(parts->host, ':') != NULL;
	unsigned max = v6 ? 128 : 32, number = max;

	if (parts->length && !uh_number_parse(parts->length, max, &number))
		return uh_because(
		    why, "bad prefix length \"%.20s\" in " UH_QUOTE "; expected 0 to %u%s",
		    parts->length, text, max,
		    strchr(parts->length, ':') ? " (IPv6 in [] before a port)" : "");
	*length = (uint8_t)(v6 ? number : number + UH_V4_PREFIX);
	return true;
}

/* Host bits are refused, not cleared: 203.0.113.5/24 may have been meant as one host. */
static bool check_bits(const char *text, const struct uh_parts *parts,
		       const struct uh_destination *destination, char *why)
{
	struct uh_destination masked = *destination;
	bool brackets = parts->ports && strchr(parts->host, ':');
	char address[UH_ADDRESS_TEXT];

	uh_address_mask(&masked.address, masked.prefix_length);
	if (memcmp(&masked.address, &destination->address, sizeof(masked.address)) != 0)
		return uh_because(why, "host bits set in %.80s; expected %s/%u", text,
				  uh_address_format(&masked.address, address),
				  shown_length(&masked));
	/*
	 * The single address 0.0.0.0 is not a host; the prefix of length 0 was probably meant.
	 */
	if (masked.prefix_length == 128 && uh_address_is_unspecified(&masked.address))
		return uh_because(
		    why,
		    UH_QUOTE " is not the address of a host; expected a host's address, or "
			     "%s%s%s/0%s%.20s for all",
		    text, brackets ? "[" : "", uh_address_format(&masked.address, address),
		    brackets ? "]" : "", parts->ports ? ":" : "",
		    parts->ports ? parts->ports : "");
	return true;
}

/* Parses "PORT" or "FIRST-LAST". ports is modified. */
static bool read_ports(const char *text, char *ports, struct uh_destination *destination,
		       char *why)
{
	char *dash = strchr(ports, '-');

	if (dash)
		*dash = '\0';
	if (!uh_port_parse(ports, text, &destination->first_port, why))
		return false;
	destination->last_port = destination->first_port;
	if (dash && !uh_port_parse(dash + 1, text, &destination->last_port, why))
		return false;
	if (destination->first_port > destination->last_port)
		return uh_because(why, "port range %u-%u in " UH_QUOTE "; expected %u-%u",
				  destination->first_port, destination->last_port, text,
				  destination->last_port, destination->first_port);
	return true;
}

static bool parse(const char *text, struct uh_destination *destination, char *why)
{
	struct uh_parts parts;
	struct uh_address ignored;
	bool good;

	*destination = (struct uh_destination){.first_port = 0, .last_port = UINT16_MAX};
	if (!uh_parts_split(text, &parts, why))
		return false;
	if (may_be_name(&parts) && !uh_address_parse(parts.host, &ignored))
		good = read_name(text, &parts, destination, why);
	else
		good = read_address(text, &parts, &destination->address, why) &&
		       read_length(text, &parts, &destination->prefix_length, why) &&
		       check_bits(text, &parts, destination, why);
	return good && (!parts.ports || read_ports(text, parts.ports, destination, why));
}

bool uh_destination_parse(const char *text, struct uh_destination *destination, char *why)
{
	if (parse(text, destination, why))
		return true;
	uh_destination_hint(text, why); /* a better reason */
	return false;
}

bool uh_destination_name(const char *text, char *name)
{
	struct uh_parts parts;
	struct uh_address ignored;
	char why[UH_WHY];

	return uh_parts_split(text, &parts, why) && may_be_name(&parts) &&
	       !uh_address_parse(parts.host, &ignored) && uh_name_parse(parts.host, name, why);
}
