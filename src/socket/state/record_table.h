/* SPDX-License-Identifier: MIT */
/* record_table.h: the slots that hold records; only for records.c and record_options.c. */
#ifndef UH_RECORD_TABLE_H
#define UH_RECORD_TABLE_H

#include "records.h"
#include "socket_table.h"

enum uh_record_word {
	UH_PEER = UH_SLOT_CONTENT,
	UH_PEER_HIGH,
	UH_PEER_REST, /* scope, port, bound parts, kind */
	UH_TRAITS,    /* flow, protocol, domain, type */
	UH_LOCAL,
	UH_LOCAL_HIGH,
	UH_LOCAL_REST, /* scope, port */
	UH_OPTIONS,
	UH_OPTION_WORDS = 32,
	UH_RECORD_WORDS = UH_OPTIONS + UH_OPTION_WORDS
};

extern struct uh_socket_table uh_record_table;

/* Returns the slot of the record with that identity, or NULL. Async-signal-safe. */
static inline uh_slot *uh_record_slot_find(uint64_t identity)
{
	return uh_records_any() ? uh_slot_find(&uh_record_table, identity) : NULL;
}

#endif
