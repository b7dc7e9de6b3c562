/* SPDX-License-Identifier: MIT */
/* datagram_sums.c: the sums of datagrams, in a uthash map. */
#include "datagram_sums.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash_map.h"

/* Compared as bytes, so the padding must be zero. Equal texts of a trace have one address. */
struct key {
	struct uh_address address;
	const char *name, *program, *route, *place, *target;
	uint32_t scope_id, process, user;
	int error;
	uint16_t port, protocol;
};

struct uh_datagram_sum {
	struct key key;
	struct uh_connection sum;
	UT_hash_handle hh;
};

static void make_key(const struct uh_connection *datagrams, struct key *key)
{
	memset(key, 0, sizeof(*key));
	key->address = datagrams->to.address;
	key->scope_id = datagrams->to.scope_id;
	key->port = datagrams->to.port;
	key->protocol = datagrams->protocol;
	key->process = datagrams->process;
	key->user = datagrams->user;
	key->error = datagrams->error;
	key->name = datagrams->name;
	key->program = datagrams->program;
	key->route = datagrams->route;
	key->place = datagrams->place;
	key->target = datagrams->target;
}

bool uh_datagram_sums_add(struct uh_datagram_sum **sums, const struct uh_connection *datagrams)
{
	struct uh_datagram_sum *sum;
	struct key key;

	errno = 0;
	make_key(datagrams, &key);
	HASH_FIND(hh, *sums, &key, sizeof(key), sum);
	if (sum) {
		sum->sum.datagrams += datagrams->datagrams;
		return false;
	}
	sum = calloc(1, sizeof(*sum));
	if (sum) {
		sum->key = key;
		sum->sum = *datagrams;
		HASH_ADD(hh, *sums, key, sizeof(sum->key), sum);
		if (sum->hh.tbl)
			return true;
	}
	free(sum);
	errno = ENOMEM;
	return false;
}

void uh_datagram_sums_report(const struct uh_datagram_sum *sums, uh_on_connection *report,
			     void *context)
{
	for (; sums; sums = sums->hh.next)
		report(context, &sums->sum);
}

void uh_datagram_sums_free(struct uh_datagram_sum **sums)
{
	UH_HASH_FREE(*sums, free);
}
