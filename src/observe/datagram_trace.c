/* SPDX-License-Identifier: MIT */
/*
 * datagram_trace.c: the destinations of a traced process's datagrams.
 *
 * Any thread adds to a destination's number. Only a thread that owns the destination sends, or
 * has another one take its place; a thread that cannot own it leaves the number to a later
 * message. So no thread waits, and a signal handler may interrupt an owner.
 */
#include "datagram_trace.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/large.h"
#include "names/resolved_names.h"
#include "process/interruption.h"
#include "process/seccomp_filter.h"
#include "table/stand_in.h"
#include "trace_channel.h"
#include "traced_call.h"

/* WINDOW: the places that a destination may have, from its key modulo DESTINATIONS on. */
enum { DESTINATIONS = 128, WINDOW = 8 };

struct destination {
	_Atomic uint64_t key; /* a hash of destination, route, target and result; 0: free */
	/* How often the place was taken (upper half), and the datagrams that wait. Both are
	 * one word, so that no datagram is added to the number of a later destination. */
	_Atomic uint64_t waiting;
	_Atomic time_t sent; /* the second of the last message; 0: none yet */
	atomic_bool owned;
	uint32_t channel; /* the owner's, as message and texts are; trace_channel.h */
	struct uh_trace_message message;
	char text[UH_TRACE_TEXTS][UH_TRACE_TEXT_MAX + 1];
};

UH_LARGE static struct destination destinations[DESTINATIONS];
static atomic_bool any; /* there is a destination */

/* The facts about one datagram. */
struct datagram {
	uint64_t key;
	uint32_t channel;
	const struct uh_table *table;
	const struct uh_endpoint *asked;
	const struct uh_table_route *route;
	const char *to;
	int error;
};

static uint64_t key_of(const struct datagram *datagram)
{
	const struct uh_endpoint *asked = datagram->asked;
	uint64_t key = uh_hash_bytes(0, &asked->address, sizeof(asked->address));

	key = uh_hash_word(key, (uint64_t)asked->scope_id << 32 | asked->port);
	key = uh_hash_word(key, datagram->route ? datagram->route->id : 0);
	if (datagram->to)
		key = uh_hash_bytes(key, datagram->to, strlen(datagram->to));
	key = uh_hash_word(key, (uint64_t)datagram->channel << 32 | (uint32_t)datagram->error);
	return key ? key : 1;
}

static bool own(struct destination *destination)
{
	return !atomic_exchange(&destination->owned, true);
}

static void disown(struct destination *destination)
{
	atomic_store(&destination->owned, false);
}

/* Takes the datagrams that wait. With taken, the place is another destination's from now on. */
static uint32_t take_waiting(struct destination *destination, bool taken)
{
	uint64_t word = atomic_load(&destination->waiting), next;

	do {
		next = ((word >> 32) + taken) << 32;
	} while (!atomic_compare_exchange_weak(&destination->waiting, &word, next));
	return (uint32_t)word;
}

/* The owner's. A trace gets no number that an earlier trace has not got. */
static bool send_number(struct destination *destination, uint32_t number)
{
	destination->message.datagrams = number;
	destination->message.start = uh_clock_ns(CLOCK_MONOTONIC);
	return number == 0 || destination->channel != atomic_load(&uh_trace_channel) ||
	       uh_trace_send(&destination->message, destination->text);
}

/* A number that could not be sent waits again. */
static void send_waiting(struct destination *destination, time_t now)
{
	uint32_t number;

	if (!own(destination))
		return;
	atomic_store(&destination->sent, now);
	number = take_waiting(destination, false);
	if (!send_number(destination, number))
		atomic_fetch_add(&destination->waiting, number);
	disown(destination);
}

/* The owner's: gives the place to the datagram's destination. */
static void fill(struct destination *destination, const struct datagram *datagram)
{
	const struct uh_endpoint *asked = datagram->asked;
	const char *name = NULL;

	atomic_store(&destination->key, 0);
	if (!send_number(destination, take_waiting(destination, true)))
		uh_trace_lost();
	destination->channel = datagram->channel;
	destination->message = (struct uh_trace_message){
	    .kind = UH_TRACE_DATAGRAMS,
	    .protocol = IPPROTO_UDP,
	    .address = asked->address,
	    .scope_id = asked->scope_id,
	    .port = asked->port,
	    .error = datagram->error,
	};
	memset(destination->text, 0, sizeof(destination->text));
	if (datagram->route)
		uh_trace_write_route(destination->text, datagram->table, datagram->route,
				     datagram->to);
	if (datagram->table)
		name = uh_table_stands_for(datagram->table, &asked->address);
	if (name)
		strcpy(destination->text[UH_TRACE_NAME], name);
	uh_resolved_name_find(&asked->address, destination->text[UH_TRACE_NAME]);
	atomic_store(&destination->sent, 0);
	atomic_store(&destination->key, datagram->key);
}

/* Adds a datagram. False if the place is another destination's. */
static bool add(struct destination *destination, uint64_t key)
{
	uint64_t word = atomic_load(&destination->waiting);

	while (atomic_load(&destination->key) == key)
		if (atomic_compare_exchange_weak(&destination->waiting, &word, word + 1))
			return true;
	return false;
}

static struct destination *place_of(uint64_t key, unsigned i)
{
	return &destinations[(key + i) % DESTINATIONS];
}

/* The destination to which the datagram was added, or NULL. */
static struct destination *find(uint64_t key)
{
	for (unsigned i = 0; i < WINDOW; i++)
		if (add(place_of(key, i), key))
			return place_of(key, i);
	return NULL;
}

/* Owns the place of the window that is free, or else the one whose last message is the oldest.
 * NULL if others own them all. */
static struct destination *own_oldest(uint64_t key)
{
	for (int tries = 0; tries < WINDOW; tries++) {
		struct destination *oldest = NULL;

		for (unsigned i = 0; i < WINDOW; i++) {
			struct destination *at = place_of(key, i);

			if (!atomic_load(&at->owned) && (!oldest || at->sent < oldest->sent))
				oldest = at;
		}
		if (oldest && own(oldest))
			return oldest;
	}
	return NULL;
}

/* Two threads may enter one destination twice, which the receiver does not notice. */
static struct destination *enter(const struct datagram *datagram)
{
	struct destination *destination = own_oldest(datagram->key);

	if (!destination)
		return NULL;
	fill(destination, datagram);
	add(destination, datagram->key);
	disown(destination);
	return destination;
}

void uh_trace_datagram(const struct uh_table *table, const struct uh_endpoint *asked,
		       const struct uh_table_route *route, const char *to, int error)
{
	struct datagram datagram = {.channel = atomic_load(&uh_trace_channel),
				    .table = table,
				    .asked = asked,
				    .route = route,
				    .to = to,
				    .error = error};
	struct destination *destination;
	time_t now = time(NULL);
	int state;

	if (uh_is_confined())
		return;
	datagram.key = key_of(&datagram);
	state = uh_defer_cancel();
	destination = find(datagram.key);
	if (!destination)
		destination = enter(&datagram);
	if (!destination)
		uh_trace_lost();
	else if (atomic_load(&destination->sent) != now)
		send_waiting(destination, now);
	atomic_store(&any, true);
	uh_restore_cancel(state);
}

void uh_datagram_trace_send(void)
{
	time_t now = time(NULL);
	int state;

	if (!atomic_load(&any) || uh_is_confined())
		return;
	state = uh_defer_cancel();
	for (int i = 0; i < DESTINATIONS; i++)
		if ((uint32_t)atomic_load(&destinations[i].waiting))
			send_waiting(&destinations[i], now);
	uh_restore_cancel(state);
}

void uh_datagram_trace_forget(void)
{
	if (!atomic_exchange(&any, false))
		return;
	for (int i = 0; i < DESTINATIONS; i++) {
		atomic_store(&destinations[i].key, 0);
		atomic_store(&destinations[i].waiting, 0);
		atomic_store(&destinations[i].sent, 0);
		atomic_store(&destinations[i].owned, false);
	}
}
