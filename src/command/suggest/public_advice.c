/* SPDX-License-Identifier: MIT */
/* public_advice.c: says that no public address is known, and how to find it. */
#include "public_advice.h"

#include "table/name_answer.h"

/* True if somebody could have the address in the family whose public addresses are unknown. */
static bool is_in_doubt(const struct uh_host *host, const struct uh_address *address)
{
	return !uh_address_is_private(address) && !uh_table_in_pool(host->table, address) &&
	       !uh_host_knows_public(host, uh_address_is_v4(address));
}

bool uh_public_advice_write(FILE *out, const struct uh_host *host,
			    const struct uh_groups *destinations)
{
	const struct uh_address *address = NULL;
	char text[UH_ADDRESS_TEXT];

	for (size_t i = 0; !address && i < destinations->count; i++) {
		const struct uh_address *to = &destinations->group[i].connection[0]->to.address;

		address = is_in_doubt(host, to) ? to : NULL;
	}
	if (!address)
		return false;
	fprintf(
	    out,
	    "# no public %s address of this host is known: its interfaces have private "
	    "addresses alone,\n"
	    "# and neither --public nor public in the configuration names one\n"
	    "# these commands find it from inside:\n"
	    "#   getent ahosts NAME           the address, for the DNS name of a service of "
	    "this host\n"
	    "#   ip route get %-15s the gateway (via), whose page shows its outer address\n"
	    "# then: unhairpin suggest --public ADDRESS ...\n",
	    uh_address_is_v4(address) ? "IPv4" : "IPv6", uh_address_format(address, text));
	return true;
}
