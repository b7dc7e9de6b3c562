/* SPDX-License-Identifier: MIT */
/*
 * local_addresses.c: collects the addresses of interfaces and those that an administrator
 * named.
 */
#include "local_addresses.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command/cli/diag.h"
#include "base/array.h"

bool uh_local_addresses_add(struct uh_local_addresses *own, const struct uh_address *address,
			    bool on_interface, const char *why)
{
	struct uh_local_address *grown =
	    uh_array_grow(own->address, own->count, sizeof(*grown));

	if (!grown) {
		uh_error("%s", strerror(errno));
		return false;
	}
	own->address = grown;
	grown = &grown[own->count++];
	*grown = (struct uh_local_address){.address = *address, .on_interface = on_interface};
	snprintf(grown->why, sizeof(grown->why), "%s", why);
	return true;
}

bool uh_local_addresses_add_interfaces(struct uh_local_addresses *own)
{
	struct ifaddrs *list, *at;
	bool good = true;

	if (getifaddrs(&list) != 0)
		return errno != ENOMEM;
	for (at = list; at && good; at = at->ifa_next) {
		struct uh_endpoint endpoint;
		char why[64];

		if (!at->ifa_addr || !uh_endpoint_from_sockaddr(
					 at->ifa_addr, sizeof(struct sockaddr_in6), &endpoint))
			continue;
		snprintf(why, sizeof(why), "an address of %s", at->ifa_name);
		good = uh_local_addresses_add(own, &endpoint.address, true, why);
	}
	freeifaddrs(list);
	return good;
}

bool uh_local_addresses_add_publics(struct uh_local_addresses *own, const char *addresses,
				    const char *why)
{
	char text[UH_ADDRESS_TEXT];
	struct uh_address address;
	size_t length;

	for (; *addresses; addresses += length) {
		addresses += strspn(addresses, " ");
		length = strcspn(addresses, " ");
		snprintf(text, sizeof(text), "%.*s", (int)length, addresses);
		if (uh_address_parse(text, &address) &&
		    !uh_local_addresses_add(own, &address, false, why))
			return false;
	}
	return true;
}

const struct uh_local_address *uh_local_addresses_find(const struct uh_local_addresses *own,
						       const struct uh_address *address)
{
	const struct uh_local_address *found = NULL;

	for (size_t i = 0; i < own->count && !(found && found->on_interface); i++)
		if (memcmp(&own->address[i].address, address, sizeof(*address)) == 0 &&
		    (!found || own->address[i].on_interface))
			found = &own->address[i];
	return found;
}

void uh_local_addresses_free(struct uh_local_addresses *own)
{
	free(own->address);
}

bool uh_address_toward(const struct uh_address *destination, struct uh_address *from)
{
	const struct uh_endpoint to = {.address = *destination, .port = 9}; /* any would do */
	sa_family_t family = uh_address_is_v4(destination) ? AF_INET : AF_INET6;
	struct sockaddr_storage address = {0};
	socklen_t length = uh_endpoint_to_sockaddr(&to, family, &address);
	struct uh_endpoint local;
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool good = fd >= 0 && connect(fd, (struct sockaddr *)&address, length) == 0;

	length = sizeof(address);
	good = good && getsockname(fd, (struct sockaddr *)&address, &length) == 0 &&
	       uh_endpoint_from_sockaddr((struct sockaddr *)&address, length, &local);
	if (fd >= 0)
		close(fd);
	if (good)
		*from = local.address;
	return good;
}

size_t uh_resolve_host(const char *name, struct uh_address *address, size_t max)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct uh_endpoint endpoint;
	struct addrinfo *list, *at;
	size_t count = 0;

	if (getaddrinfo(name, NULL, &hints, &list) != 0)
		return 0;
	for (at = list; at && count < max; at = at->ai_next)
		if (uh_endpoint_from_sockaddr(at->ai_addr, at->ai_addrlen, &endpoint))
			address[count++] = endpoint.address;
	freeaddrinfo(list);
	return count;
}
