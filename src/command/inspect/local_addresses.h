/* SPDX-License-Identifier: MIT */
/*
 * local_addresses.h: the addresses of this host, on its interfaces or translated to it by a
 * gateway. Nothing here is async-signal-safe.
 */
#ifndef UH_LOCAL_ADDRESSES_H
#define UH_LOCAL_ADDRESSES_H

#include "base/address.h"

/* An address of this host, and the reason why it counts as one. */
struct uh_local_address {
	struct uh_address address;
	bool on_interface; /* connections to it never leave this host */
	char why[64]; /* for example "an address of eth0" or "public in the configuration" */
};

/* A list of addresses. Zero it before its first use. */
struct uh_local_addresses {
	struct uh_local_address *address;
	size_t count;
};

/*
 * Adds the addresses of all interfaces. Returns false if there is no memory, after reporting
 * it.
 */
bool uh_local_addresses_add_interfaces(struct uh_local_addresses *own);

/*
 * Adds the addresses in a text that are separated by spaces; other words are skipped. Returns
 * false if there is no memory, after reporting it.
 */
bool uh_local_addresses_add_publics(struct uh_local_addresses *own, const char *addresses,
				    const char *why);

/* Adds one address. Returns false if there is no memory, after reporting it. */
bool uh_local_addresses_add(struct uh_local_addresses *own, const struct uh_address *address,
			    bool on_interface, const char *why);

/*
 * Returns the entry of an address, or NULL if the address is not this host's. An interface's
 * entry precedes a named one. It is valid until the next addition.
 */
const struct uh_local_address *uh_local_addresses_find(const struct uh_local_addresses *own,
						       const struct uh_address *address);

/* Frees the list's members, but not the struct. */
void uh_local_addresses_free(struct uh_local_addresses *own);

/*
 * Gets the source address that the kernel would use for a destination: for an address of this
 * host, that address itself, unless its route names another source. Sends no packet. Returns
 * false if there is no route.
 */
bool uh_address_toward(const struct uh_address *destination, struct uh_address *from);

/*
 * Resolves a name with getaddrinfo(3). Writes at most max addresses and returns their number, 0
 * on failure. Blocks as long as the resolver does.
 */
size_t uh_resolve_host(const char *name, struct uh_address *address, size_t max);

#endif
