/* SPDX-License-Identifier: MIT */
/*
 * stand_in_networks.c: warns of a network of stand-ins that some host may really have.
 *
 * A connection to an address there is one to a name, or to nothing: a host that has such an
 * address can't be reached by it any more.
 */
#include <arpa/inet.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "own.h"
#include "route.h"
#include "table.h"

enum { REASON = 160 };

enum { RESERVED = 9 };

/* Networks that no host has: RFC 1112, 5737, 2544; 3849, 9637, 6666 and 5180. */
static const char *const reserved[RESERVED] = {
    "240.0.0.0/4",   "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15",
    "2001:db8::/32", "3fff::/20",    "100::/64",	"2001:2::/48"};

static bool holds(const struct uh_prefix *network, const struct uh_address *address)
{
	struct uh_address masked = *address;

	uh_address_mask(&masked, network->prefix_length);
	return memcmp(&masked, &network->address, sizeof(masked)) == 0;
}

static bool lies_in(const struct uh_prefix *network, const struct uh_prefix *wider)
{
	return network->prefix_length >= wider->prefix_length &&
	       holds(wider, &network->address);
}

static struct uh_prefix reserved_network(size_t i)
{
	struct uh_destination destination;
	char why[UH_WHY];

	uh_destination_parse(reserved[i], &destination, why);
	return (struct uh_prefix){destination.address, destination.prefix_length};
}

static bool is_reserved(const struct uh_prefix *network)
{
	for (size_t i = 0; i < RESERVED; i++) {
		const struct uh_prefix wider = reserved_network(i);

		if (lies_in(network, &wider))
			return true;
	}
	return false;
}

/* "ADDRESS/LENGTH" into text of UH_ADDRESS_TEXT + 4 bytes. Returns text. */
static char *format_network(const struct uh_prefix *network, char *text)
{
	bool v4 = uh_address_is_v4(&network->address);

	uh_address_format(&network->address, text);
	sprintf(text + strlen(text), "/%u", network->prefix_length - (v4 ? UH_V4_PREFIX : 0));
	return text;
}

/* A line of /proc/net/route: numbers in hex, addresses as they lie in memory. A blackhole has
 * "*" for an interface. */
static bool read_route_v4(const char *line, struct uh_prefix *network, unsigned *flags)
{
	uint32_t address, mask;
	char text[INET_ADDRSTRLEN];

	if (*line == '*' ||
	    sscanf(line, "%*s %x %*x %x %*d %*u %*d %x", &address, flags, &mask) != 3 ||
	    !inet_ntop(AF_INET, &address, text, sizeof(text)))
		return false;
	network->prefix_length = UH_V4_PREFIX + (uint32_t)__builtin_popcount(mask);
	return uh_address_parse(text, &network->address);
}

/* A line of /proc/net/ipv6_route: destination, length, source, length, next hop, metric, two
 * counters, flags, interface; all in hex. */
static bool read_route_v6(const char *line, struct uh_prefix *network, unsigned *flags)
{
	if (sscanf(line, "%*32x %x %*32x %*x %*32x %*x %*x %*x %x", &network->prefix_length,
		   flags) != 2)
		return false;
	for (size_t i = 0; i < sizeof(network->address.byte); i++)
		if (sscanf(line + 2 * i, "%2hhx", &network->address.byte[i]) != 1)
			return false;
	return true;
}

/* Of a route that leads somewhere. Very wide ones are a default route, perhaps in parts. */
static bool find_route(const struct uh_prefix *pool, char *reason)
{
	bool v4 = uh_address_is_v4(&pool->address);
	const uint32_t widest = v4 ? UH_V4_PREFIX + 4 : 8;
	FILE *file = fopen(v4 ? "/proc/net/route" : "/proc/net/ipv6_route", "re");
	char line[512], text[UH_ADDRESS_TEXT + 4];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		struct uh_prefix network = {.prefix_length = 0};
		unsigned flags = 0;

		found = (v4 ? read_route_v4 : read_route_v6)(line, &network, &flags) &&
			!(flags & RTF_REJECT) && network.prefix_length >= widest &&
			(lies_in(&network, pool) || lies_in(pool, &network));
		if (found)
			snprintf(reason, REASON, "this host has a route to %s",
				 format_network(&network, text));
	}
	if (file)
		fclose(file);
	return found;
}

static bool find_interface(const struct uh_prefix *pool, char *reason)
{
	struct uh_own own = {0};
	char text[UH_ADDRESS_TEXT];
	bool found = false;

	if (uh_own_interfaces(&own))
		for (size_t i = 0; i < own.count && !found; i++) {
			found = holds(pool, &own.address[i].address);
			if (found)
				snprintf(reason, REASON, "it holds %s, %s",
					 uh_address_format(&own.address[i].address, text),
					 own.address[i].why);
		}
	uh_own_free(&own);
	return found;
}

static bool is_in_use(const struct uh_prefix *network, char *reason)
{
	return find_interface(network, reason) || find_route(network, reason);
}

/* A network of the family that will do here, as text. */
static const char *find_free(bool v4)
{
	char ignored[REASON];

	for (size_t i = 0; i < RESERVED; i++) {
		const struct uh_prefix network = reserved_network(i);

		if (uh_address_is_v4(&network.address) == v4 && !is_in_use(&network, ignored))
			return reserved[i];
	}
	return "one of its own";
}

static void check_pool(const struct uh_source *source, const struct uh_prefix *pool)
{
	bool v4 = uh_address_is_v4(&pool->address);
	char reason[REASON], network[UH_ADDRESS_TEXT + 4], text[REASON + 256];

	if (!is_in_use(pool, reason)) {
		if (is_reserved(pool))
			return;
		snprintf(reason, sizeof(reason),
			 "it is not reserved: hosts can have its addresses");
	}
	snprintf(text, sizeof(text),
		 "stand_in_%s %s: %s, so a host there can't be told from a name; expected a "
		 "network without hosts, such as %s",
		 v4 ? "ipv4" : "ipv6", format_network(pool, network), reason, find_free(v4));
	uh_print_fault(true, source->shown ? source->shown : source->file, 0, text);
}

void uh_warn_of_stand_ins(const struct uh_source *source, const struct uh_table *table)
{
	for (int family = 0; family < UH_FAMILIES; family++)
		check_pool(source, &uh_table_settings(table)->stand_in[family]);
}
