/* SPDX-License-Identifier: MIT */
/* records.c: stores and finds records in the slots of record_table.c. */
#include "records.h"

#include <string.h>

#include "process/vfork_child.h"
#include "base/large.h"
#include "fd_hints.h"
#include "record_table.h"
#include "identity.h"

enum { NUMBERS = 1024 };

/* Bits of UH_PEER_REST between the kind and the port. */
enum { IN_PROGRESS = 1 << 8, BOUND = 9, WRITE_SHUT = 1 << 11 };

/*
 * The identities of the last two records made for each descriptor (modulo NUMBERS), the newest
 * first. When a descriptor connects again, the older record is removed, because its socket has
 * been closed unless it was copied. So a program that makes no copies has few more records than
 * descriptors and needs no sweep.
 *
 * Two are kept because a task that got its own descriptor table by a raw system call uses the
 * same numbers for other sockets: one connection of that task must not remove our newest
 * record. If tables are known to be shared, nothing is removed here.
 */
UH_LARGE static _Atomic uint64_t latest[NUMBERS][2];

static void store_address(uh_record_slot *at, enum uh_record_word first,
			  const struct uh_address *address)
{
	uint64_t half[2];

	memcpy(half, address, sizeof(half));
	uh_record_slot_set(at, first, half[0]);
	uh_record_slot_set(at, first + 1, half[1]);
}

static void load_address(uh_record_slot *at, enum uh_record_word first,
			 struct uh_address *address)
{
	uint64_t half[2] = {uh_record_slot_get(at, first), uh_record_slot_get(at, first + 1)};

	memcpy(address, half, sizeof(half));
}

static void store_local(uh_record_slot *at, const struct uh_endpoint *local)
{
	store_address(at, UH_LOCAL, &local->address);
	uh_record_slot_set(at, UH_LOCAL_REST, (uint64_t)local->scope_id << 16 | local->port);
}

static void load_local(uh_record_slot *at, struct uh_endpoint *local)
{
	uint64_t rest = uh_record_slot_get(at, UH_LOCAL_REST);

	load_address(at, UH_LOCAL, &local->address);
	local->scope_id = (uint32_t)(rest >> 16);
	local->port = (uint16_t)rest;
}

static void store_record(uh_record_slot *at, int fd, pid_t task, const struct uh_record *record)
{
	const struct uh_endpoint *local = &record->local;
	uint64_t bound = (uh_address_is_unspecified(&local->address) ? 0 : UH_BOUND_ADDRESS) |
			 (local->port ? UH_BOUND_PORT : 0);

	uh_record_slot_set(at, UH_HOME, (uint64_t)task << 32 | (unsigned)fd);
	store_address(at, UH_PEER, &record->peer.address);
	uh_record_slot_set(at, UH_PEER_REST,
			   (uint64_t)record->peer.scope_id << 32 |
			       (uint64_t)record->peer.port << 16 | bound << BOUND |
			       record->kind);
	uh_record_slot_set(at, UH_TRAITS,
			   (uint64_t)record->flow << 32 | (uint64_t)record->protocol << 16 |
			       (uint64_t)record->domain << 8 | record->type);
	store_local(at, local);
	for (unsigned i = 0; i < UH_OPTION_WORDS; i++)
		uh_record_slot_set(at, UH_OPTIONS + i, 0);
}

/*
 * Lists newest as fd's latest record and keeps the previous one. Removes the record before
 * that, unless its socket may have a copy.
 */
static void list_record(int fd, uint64_t newest)
{
	_Atomic uint64_t *mine = latest[(unsigned)fd % NUMBERS];
	uint64_t older = atomic_load(&mine[1]);
	uh_record_slot *at = uh_record_slot_find(older);

	bool copied = uh_fd_has_hint(fd, UH_HINT_COPIED);

	if (at && (uint32_t)uh_record_slot_get(at, UH_HOME) == (unsigned)fd && !copied)
		atomic_compare_exchange_strong(&(*at)[UH_IDENTITY], &older, UH_SLOT_FREE);
	/*
	 * The hint is about the previous record's socket. If that may have a copy, its record
	 * is not listed for removal: the hint may be gone by the next connection.
	 */
	atomic_store(&mine[1], copied ? 0 : atomic_load(&mine[0]));
	atomic_store(&mine[0], newest);
}

bool uh_record_add(int fd, const struct uh_record *record)
{
	pid_t task = uh_thread_id();
	uh_record_slot *at;

	if (!record->identity)
		return false;
	if (!uh_records_are_shared(task))
		list_record(fd, record->identity);
	uh_record_remove(record->identity);
	at = uh_record_slot_claim(record->identity, task);
	if (!at)
		return false;
	store_record(at, fd, task, record);
	atomic_store_explicit(&(*at)[UH_IDENTITY], record->identity, memory_order_release);
	if (!uh_records_any())
		atomic_store_explicit(&uh_any_record, true, memory_order_release);
	return true;
}

bool uh_record_find(int fd, struct uh_record *record)
{
	uint64_t identity = uh_records_any() ? uh_socket_identity(fd) : 0;
	uh_record_slot *at = uh_record_slot_find(identity);
	uint64_t peer, traits;

	if (!at)
		return false;
	record->identity = identity;
	load_address(at, UH_PEER, &record->peer.address);
	peer = uh_record_slot_get(at, UH_PEER_REST);
	record->peer.scope_id = (uint32_t)(peer >> 32);
	record->peer.port = (uint16_t)(peer >> 16);
	record->bound = (uint8_t)(peer >> BOUND & 3);
	record->write_shut = peer & WRITE_SHUT;
	record->kind = (uint8_t)peer;
	traits = uh_record_slot_get(at, UH_TRAITS);
	record->flow = (uint32_t)(traits >> 32);
	record->protocol = (uint16_t)(traits >> 16);
	record->domain = (uint8_t)(traits >> 8);
	record->type = (uint8_t)traits;
	load_local(at, &record->local);
	return uh_record_slot_get(at, UH_IDENTITY) == identity;
}

void uh_record_remove(uint64_t identity)
{
	uh_record_slot *at = uh_record_slot_find(identity);

	if (at)
		atomic_compare_exchange_strong(&(*at)[UH_IDENTITY], &identity, UH_SLOT_FREE);
}

void uh_record_copied(int fd)
{
	uh_record_slot *at = uh_record_slot_find(uh_socket_identity(fd));

	if (at)
		uh_record_slot_set(at, UH_HOME, uh_record_slot_get(at, UH_HOME) | UINT32_MAX);
}

void uh_record_set_in_progress(uint64_t identity)
{
	uh_record_slot *at = uh_record_slot_find(identity);

	if (at)
		atomic_fetch_or(&(*at)[UH_PEER_REST], IN_PROGRESS);
}

bool uh_record_clear_in_progress(uint64_t identity)
{
	uh_record_slot *at = uh_record_slot_find(identity);

	return at &&
	       atomic_fetch_and(&(*at)[UH_PEER_REST], ~(uint64_t)IN_PROGRESS) & IN_PROGRESS;
}

void uh_record_set_write_shut(uint64_t identity)
{
	uh_record_slot *at = uh_record_slot_find(identity);

	if (at)
		atomic_fetch_or(&(*at)[UH_PEER_REST], WRITE_SHUT);
}

void uh_record_set_local(uint64_t identity, const struct uh_endpoint *local)
{
	uh_record_slot *at = uh_record_slot_find(identity);

	if (at)
		store_local(at, local);
}
