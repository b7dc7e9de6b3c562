/* SPDX-License-Identifier: MIT */
/*
 * stand_in_networks.c: warns of a stand-in network that real hosts may use.
 *
 * A connection to an address of the stand-in network is taken for a connection to a name. A
 * real host with such an address cannot be reached.
 */
#include "stand_in_networks.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command/cli/diag.h"
#include "command/cli/load_table.h"
#include "command/inspect/local_addresses.h"
#include "build/route_text.h"
#include "table/table.h"
#include "command/cli/print_fault.h"

enum { REASON = 160 };

enum { RESERVED = 9 };

/*
 * Networks reserved for other uses than hosts: RFC 1112, 5737, 2544; 3849, 9637, 6666 and 5180.
 */
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

static struct uh_prefix network_of(const char *text)
{
	struct uh_destination destination;
	char why[UH_WHY];

	uh_destination_parse(text, &destination, why);
	return (struct uh_prefix){destination.address, destination.prefix_length};
}

/* Returns the special use of the network, or NULL: RFC 1122, 5771, 919 and 4291. */
static const char *special_use(const struct uh_prefix *pool)
{
	static const struct {
		const char *network, *use;
	} special[] = {
	    {"0.0.0.0/8", "its addresses mean this host"},
	    {"224.0.0.0/4", "its addresses are multicast groups"},
	    {"255.255.255.0/24", "its addresses are broadcast addresses"},
	    {"ff00::/8", "its addresses are multicast groups"},
	};

	for (size_t i = 0; i < sizeof(special) / sizeof(*special); i++) {
		const struct uh_prefix wider = network_of(special[i].network);

		if (lies_in(pool, &wider))
			return special[i].use;
	}
	return NULL;
}

static bool is_reserved(const struct uh_prefix *network)
{
	for (size_t i = 0; i < RESERVED; i++) {
		const struct uh_prefix wider = network_of(reserved[i]);

		if (lies_in(network, &wider))
			return true;
	}
	return false;
}

/* Formats a network as "ADDRESS/LENGTH" into text (UH_ADDRESS_TEXT + 4 bytes). Returns text. */
static char *format_network(const struct uh_prefix *network, char *text)
{
	bool v4 = uh_address_is_v4(&network->address);

	uh_address_format(&network->address, text);
	sprintf(text + strlen(text), "/%u", network->prefix_length - (v4 ? UH_V4_PREFIX : 0));
	return text;
}

/*
 * Stores the network of a kernel route, of any routing table (ip-rule(8)). Returns false for a
 * route that leads nowhere, and for a very wide one, which is a default route or a part of one.
 */
static bool read_route(const struct nlmsghdr *header, struct uh_prefix *network)
{
	const struct rtmsg *message = NLMSG_DATA(header);
	bool v4 = message->rtm_family == AF_INET;
	int left = (int)RTM_PAYLOAD(header);
	char text[INET6_ADDRSTRLEN] = "";

	if (header->nlmsg_type != RTM_NEWROUTE || (message->rtm_flags & RTM_F_CLONED) ||
	    (message->rtm_type != RTN_UNICAST && message->rtm_type != RTN_LOCAL) ||
	    message->rtm_dst_len < (v4 ? 4 : 8))
		return false;
	for (const struct rtattr *at = RTM_RTA(message); RTA_OK(at, left);
	     at = RTA_NEXT(at, left))
		if (at->rta_type == RTA_DST)
			inet_ntop(message->rtm_family, RTA_DATA(at), text, sizeof(text));
	network->prefix_length = message->rtm_dst_len + (v4 ? UH_V4_PREFIX : 0);
	return uh_address_parse(text, &network->address);
}

enum answer { FOUND, GO_ON, END };

/* Reads one message of the kernel's answer. */
static enum answer read_routes(int fd, const struct uh_prefix *pool, struct uh_prefix *network)
{
	_Alignas(struct nlmsghdr) char buffer[32768];
	ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
	size_t left = got > 0 ? (size_t)got : 0;

	if (got <= 0)
		return END;
	for (const struct nlmsghdr *at = (const void *)buffer; NLMSG_OK(at, left);
	     at = NLMSG_NEXT(at, left)) {
		if (at->nlmsg_type == NLMSG_DONE || at->nlmsg_type == NLMSG_ERROR)
			return END;
		if (read_route(at, network) &&
		    (lies_in(network, pool) || lies_in(pool, network)))
			return FOUND;
	}
	return GO_ON;
}

/* rtnetlink(7): a dump without a filter lists the routes of all routing tables. */
static bool find_route(const struct uh_prefix *pool, char *reason)
{
	struct {
		struct nlmsghdr header;
		struct rtmsg message;
	} request = {.header = {.nlmsg_len = sizeof(request),
				.nlmsg_type = RTM_GETROUTE,
				.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	enum answer answer = END;
	struct uh_prefix network;
	char text[UH_ADDRESS_TEXT + 4];

	if (fd < 0)
		return false;
	request.message.rtm_family = uh_address_is_v4(&pool->address) ? AF_INET : AF_INET6;
	if (send(fd, &request, sizeof(request), 0) == (ssize_t)sizeof(request))
		while ((answer = read_routes(fd, pool, &network)) == GO_ON)
			;
	if (answer == FOUND)
		snprintf(reason, REASON, "this host has a route to %s",
			 format_network(&network, text));
	close(fd);
	return answer == FOUND;
}

static bool find_interface(const struct uh_prefix *pool, char *reason)
{
	struct uh_local_addresses own = {0};
	char text[UH_ADDRESS_TEXT];
	bool found = false;

	if (uh_local_addresses_add_interfaces(&own))
		for (size_t i = 0; i < own.count && !found; i++) {
			found = holds(pool, &own.address[i].address);
			if (found)
				snprintf(reason, REASON, "it contains %s, %s",
					 uh_address_format(&own.address[i].address, text),
					 own.address[i].why);
		}
	uh_local_addresses_free(&own);
	return found;
}

static bool is_in_use(const struct uh_prefix *network, char *reason)
{
	return find_interface(network, reason) || find_route(network, reason);
}

/* Returns a reserved network of the family that this host does not use, as text. */
static const char *find_free(bool v4)
{
	char ignored[REASON];

	for (size_t i = 0; i < RESERVED; i++) {
		const struct uh_prefix network = network_of(reserved[i]);

		if (uh_address_is_v4(&network.address) == v4 && !is_in_use(&network, ignored))
			return reserved[i];
	}
	return "one that is used nowhere else";
}

static void check_pool(const struct uh_table_request *source, const struct uh_prefix *pool)
{
	bool v4 = uh_address_is_v4(&pool->address);
	char reason[REASON], network[UH_ADDRESS_TEXT + 4], text[REASON + 256];

	const char *special = special_use(pool);

	if (!special && !is_in_use(pool, reason)) {
		if (is_reserved(pool))
			return;
		snprintf(reason, sizeof(reason), "it is not a reserved network");
	}
	snprintf(text, sizeof(text), "stand_in_%s %s: %s%s; choose a network without %s%s",
		 v4 ? "ipv4" : "ipv6", format_network(pool, network),
		 special ? special : reason,
		 special ? "" : ", so connections to hosts there are taken for names",
		 special ? "special use, such as " : "hosts, such as ", find_free(v4));
	uh_print_fault(true, source->shown ? source->shown : source->file, 0, text);
}

void uh_warn_of_stand_ins(const struct uh_table_request *source, const struct uh_table *table)
{
	for (int family = 0; family < UH_FAMILIES; family++)
		check_pool(source, &uh_table_settings(table)->stand_in[family]);
}
