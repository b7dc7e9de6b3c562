/* SPDX-License-Identifier: MIT */
/* records.c: stores and finds records in a table of sockets. */
#include "records.h"

#include <string.h>

#include "base/large.h"
#include "record_table.h"
#include "identity.h"

/* Bits of UH_PEER_REST between the kind and the port. */
enum { IN_PROGRESS = 1 << 8, BOUND = 9, WRITE_SHUT = 1 << 11 };

UH_LARGE static uh_slot first_records[UH_FIRST_SLOTS * UH_RECORD_WORDS];
UH_LARGE static _Atomic uint64_t latest[UH_LISTED_NUMBERS][2];

atomic_uchar uh_any_record;
struct uh_socket_table uh_record_table = {
    .words = UH_RECORD_WORDS,
    .table = {first_records},
    .latest = latest,
};

static void store_address(uh_slot *at, enum uh_record_word first,
			  const struct uh_address *address)
{
	uint64_t half[2];

	memcpy(half, address, sizeof(half));
	uh_slot_set(at, first, half[0]);
	uh_slot_set(at, first + 1, half[1]);
}

static void load_address(uh_slot *at, enum uh_record_word first, struct uh_address *address)
{
	uint64_t half[2] = {uh_slot_get(at, first), uh_slot_get(at, first + 1)};

	memcpy(address, half, sizeof(half));
}

static void store_local(uh_slot *at, const struct uh_endpoint *local)
{
	store_address(at, UH_LOCAL, &local->address);
	uh_slot_set(at, UH_LOCAL_REST, (uint64_t)local->scope_id << 16 | local->port);
}

static void load_local(uh_slot *at, struct uh_endpoint *local)
{
	uint64_t rest = uh_slot_get(at, UH_LOCAL_REST);

	load_address(at, UH_LOCAL, &local->address);
	local->scope_id = (uint32_t)(rest >> 16);
	local->port = (uint16_t)rest;
}

static void store_record(uh_slot *at, const struct uh_record *record)
{
	const struct uh_endpoint *local = &record->local;
	uint64_t bound = (uh_address_is_unspecified(&local->address) ? 0 : UH_BOUND_ADDRESS) |
			 (local->port ? UH_BOUND_PORT : 0);

	store_address(at, UH_PEER, &record->peer.address);
	uh_slot_set(at, UH_PEER_REST,
		    (uint64_t)record->peer.scope_id << 32 | (uint64_t)record->peer.port << 16 |
			bound << BOUND | record->kind);
	uh_slot_set(at, UH_TRAITS,
		    (uint64_t)record->flow << 32 | (uint64_t)record->protocol << 16 |
			(uint64_t)record->domain << 8 | record->type);
	store_local(at, local);
	for (unsigned i = 0; i < UH_OPTION_WORDS; i++)
		uh_slot_set(at, UH_OPTIONS + i, 0);
}

bool uh_record_add(int fd, const struct uh_record *record)
{
	uh_slot *at;

	uh_slot_remove(&uh_record_table, record->identity);
	at = uh_slot_claim(&uh_record_table, fd, record->identity);
	if (!at)
		return false;
	store_record(at, record);
	uh_slot_publish(at, record->identity);
	if (!(atomic_load_explicit(&uh_any_record, memory_order_relaxed) & UH_HAS_RECORDS))
		atomic_fetch_or_explicit(&uh_any_record, UH_HAS_RECORDS, memory_order_release);
	return true;
}

bool uh_records_are_shared(pid_t task)
{
	return uh_slots_are_shared(task);
}

void uh_records_set_shared(void)
{
	uh_slots_set_shared();
	uh_slots_disown(&uh_record_table);
}

bool uh_record_find(int fd, struct uh_record *record)
{
	uint64_t identity = uh_records_any() ? uh_socket_identity(fd) : 0;
	uh_slot *at = uh_record_slot_find(identity);
	uint64_t peer, traits;

	if (!at)
		return false;
	record->identity = identity;
	load_address(at, UH_PEER, &record->peer.address);
	peer = uh_slot_get(at, UH_PEER_REST);
	record->peer.scope_id = (uint32_t)(peer >> 32);
	record->peer.port = (uint16_t)(peer >> 16);
	record->bound = (uint8_t)(peer >> BOUND & 3);
	record->write_shut = peer & WRITE_SHUT;
	record->kind = (uint8_t)peer;
	traits = uh_slot_get(at, UH_TRAITS);
	record->flow = (uint32_t)(traits >> 32);
	record->protocol = (uint16_t)(traits >> 16);
	record->domain = (uint8_t)(traits >> 8);
	record->type = (uint8_t)traits;
	load_local(at, &record->local);
	return uh_slot_get(at, UH_IDENTITY) == identity;
}

void uh_record_remove(uint64_t identity)
{
	uh_slot_remove(&uh_record_table, identity);
}

void uh_record_copied(int fd)
{
	uh_slot_copied(&uh_record_table, uh_socket_identity(fd));
}

void uh_record_set_in_progress(uint64_t identity)
{
	uh_slot *at = uh_record_slot_find(identity);

	if (at)
		atomic_fetch_or(&at[UH_PEER_REST], IN_PROGRESS);
}

bool uh_record_clear_in_progress(uint64_t identity)
{
	uh_slot *at = uh_record_slot_find(identity);

	return at && atomic_fetch_and(&at[UH_PEER_REST], ~(uint64_t)IN_PROGRESS) & IN_PROGRESS;
}

void uh_record_set_write_shut(uint64_t identity)
{
	uh_slot *at = uh_record_slot_find(identity);

	if (at)
		atomic_fetch_or(&at[UH_PEER_REST], WRITE_SHUT);
}

void uh_record_set_local(uint64_t identity, const struct uh_endpoint *local)
{
	uh_slot *at = uh_record_slot_find(identity);

	if (at)
		store_local(at, local);
}
