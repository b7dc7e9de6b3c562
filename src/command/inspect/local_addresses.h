/* SPDX-License-Identifier: MIT */
/* local_addresses.h: which addresses are this host's, or lead to this network all the same. */
#ifndef UH_LOCAL_ADDRESSES_H
#define UH_LOCAL_ADDRESSES_H

#include "base/address.h"

/* An address of this host, and how that is known. */
struct uh_local_address {
	struct uh_address address;
	bool on_interface; /* the kernel itself takes connections to it: they stay here */
	char why[64];	   /* "an address of eth0", "public in the configuration" */
};

/* Zero it before its first use. */
struct uh_local_addresses {
	struct uh_local_address *address;
	size_t count;
};

/* Adds the addresses of all interfaces. False: no memory, reported. */
bool uh_local_addresses_add_interfaces(struct uh_local_addresses *own);

/* Adds the addresses in a text, with blanks between them. Errors as above. */
bool uh_local_addresses_add_publics(struct uh_local_addresses *own, const char *addresses,
				    const char *why);

/* Adds one. Errors as above. */
bool uh_local_addresses_add(struct uh_local_addresses *own, const struct uh_address *address,
			    bool on_interface, const char *why);

/* How it is known that an address is this host's, or NULL. An interface says more than a list.
 */
const struct uh_local_address *uh_local_addresses_find(const struct uh_local_addresses *own,
						       const struct uh_address *address);

void uh_local_addresses_free(struct uh_local_addresses *own);

/* True for an address that is nobody's on the internet: RFC 1918, 3927, 4193, 6598, loopback.
 */
bool uh_address_is_private(const struct uh_address *address);

/* True for 127.0.0.0/8 and ::1. */
bool uh_address_is_loopback(const struct uh_address *address);

/*
 * The address that the kernel sends from to a destination: for one of this host, that same
 * address, unless its route has another source. No packet is sent. False: there is no way
 * there.
 */
bool uh_address_toward(const struct uh_address *destination, struct uh_address *from);

/*
 * Looks a name up as this host does: writes at most max addresses, and returns how many. May
 * take as long as the resolver does.
 */
size_t uh_resolve_host(const char *name, struct uh_address *address, size_t max);

#endif
