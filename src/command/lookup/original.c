/* SPDX-License-Identifier: MIT */
/* original.c: where a connection goes that no target takes. */
#include <stdbool.h>

#include "print_answer.h"
#include "command/inspect/local_addresses.h"
#include "table/name_answer.h"

/*
 * True if this host's source address towards the address lies in the pool of stand-ins: the
 * address then is the host's own or in one of its networks. connect() decides the same way
 * (socket/fallback.c).
 */
static bool is_lived_in(const struct uh_lookup_question *question,
			const struct uh_address *address)
{
	struct uh_address from;

	return uh_address_toward(address, &from) && uh_table_in_pool(question->table, &from);
}

const char *uh_lookup_original(const struct uh_lookup_question *question,
			       const struct uh_lookup_destination *asked)
{
	if (*asked->name || uh_table_stands_for(question->table, &asked->endpoint.address))
		return "real_addresses";
	if (uh_table_in_pool(question->table, &asked->endpoint.address) &&
	    !is_lived_in(question, &asked->endpoint.address))
		return "nowhere";
	return "address";
}
