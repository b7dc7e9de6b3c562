/* SPDX-License-Identifier: MIT */
/* name_query.c: answers a look-up of a routed name. */
#include "name_query.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>

#include "base/format.h"
#include "real_addresses.h"

/* The number of addresses under "*." to try for one that no other name of this process has. */
enum { ATTEMPTS = 16 };

static bool has_other_name(const struct uh_address *address, const char *name)
{
	struct uh_cached_name other;

	return uh_name_cache_find_stand_in(address, &other) && strcmp(other.name, name) != 0;
}

/*
 * Sets the entry's stand-ins by the routes, which may have changed since the name was cached.
 * An address that the cached entry has already cannot belong to another name, and is not looked
 * up. Returns false if one of the entry's stand-ins changed.
 */
static bool set_stand_ins(const struct uh_table *table, struct uh_cached_name *entry,
			  bool is_cached)
{
	bool same = true;

	for (int family = 0; family < UH_FAMILIES; family++) {
		struct uh_address *own = &entry->stand_in[family], address;
		unsigned attempt = 0;
		bool is_own;

		do {
			address = uh_table_stand_in(table, entry->name, (enum uh_family)family,
						    attempt);
			is_own = memcmp(&address, own, sizeof(address)) == 0;
		} while (!(is_cached && is_own) && has_other_name(&address, entry->name) &&
			 ++attempt < ATTEMPTS);
		same &= is_own;
		*own = address;
	}
	return same;
}

/* True if an answer of the family asked for can hold the address. */
static bool can_hold(const struct uh_name_query *query, const struct uh_address *address)
{
	if (uh_address_is_v4(address))
		return query->family != AF_INET6 || query->flags & AI_V4MAPPED;
	return query->family != AF_INET;
}

static void add_stand_in(struct uh_name_query *query, enum uh_family family)
{
	query->address[query->addresses++] = query->entry.stand_in[family];
}

/* With AF_UNSPEC, IPv4 comes first: even a host without IPv4 addresses can connect to it. */
static void answer_stand_ins(struct uh_name_query *query)
{
	query->is_stand_in = true;
	if (query->family != AF_INET6)
		add_stand_in(query, UH_IPV4);
	if (query->family != AF_INET)
		add_stand_in(query, UH_IPV6);
	if (query->family == AF_INET6 && query->flags & AI_V4MAPPED && query->flags & AI_ALL)
		add_stand_in(query, UH_IPV4);
}

/*
 * Some programs look up with SOCK_DGRAM, to get each address once, and then connect with TCP.
 * If only TCP is routed, a stand-in suits both: datagrams to it go on to the real address.
 */
static struct uh_answer decide(const struct uh_table *table, const struct uh_self *self,
			       const struct uh_name_query *query)
{
	struct uh_answer answer = uh_table_answer(table, query->name, query->protocols, self);
	struct uh_answer either;

	if (!query->maybe_tcp)
		return answer;
	either = uh_table_answer(table, query->name, UH_ANY, self);
	if (answer.kind == UH_ANSWER_NONE && either.kind != UH_ANSWER_NONE) {
		either.kind = UH_ANSWER_STAND_IN;
		either.may_need_real = true;
	}
	return either;
}

bool uh_names_query(const struct uh_table *table, const struct uh_self *self,
		    struct uh_name_query *query)
{
	struct uh_answer answer;

	query->addresses = 0;
	query->is_stand_in = query->is_resolved = false;
	if (!table || !uh_table_has_names(table))
		return false;
	answer = decide(table, self, query);
	if (answer.kind == UH_ANSWER_NONE)
		return false;
	query->may_need_real = answer.may_need_real;
	if (answer.kind == UH_ANSWER_ADDRESS && can_hold(query, &answer.address)) {
		query->address[query->addresses++] = answer.address;
		return true;
	}
	query->is_cached = uh_name_cache_find(query->name, &query->entry);
	if (!query->is_cached) {
		memset(&query->entry, 0, sizeof(query->entry));
		strcpy(query->entry.name, query->name);
	}
	query->is_cached &= set_stand_ins(table, &query->entry, query->is_cached);
	answer_stand_ins(query);
	return true;
}

/* inet_aton(3) reads one hexadecimal number with any leading zeros. An IPv6 address takes zeros
 * in its zone. */
char *uh_names_number(const struct uh_name_query *query, unsigned i, size_t length, char *text)
{
	const struct uh_address *address = &query->address[i];
	size_t used = strlen(uh_address_format(address, text));
	char number[9] = "";
	uint32_t v4;

	if (used >= length)
		return text;
	if (uh_address_is_v4(address)) {
		memcpy(&v4, address->byte + 12, sizeof(v4));
		uh_format(number, sizeof(number), "%x", ntohl(v4));
		used = uh_format(text, UH_NUMBER, "0x");
	} else {
		used += uh_format(text + used, UH_NUMBER - used, "%%0");
	}
	while (used < length)
		text[used++] = '0';
	uh_format(text + used, UH_NUMBER - used, "%s", number);
	return text;
}

static void resolve(struct uh_name_query *query)
{
	bool mapped = query->flags & AI_V4MAPPED;

	if (!query->may_need_real || query->is_resolved)
		return;
	uh_resolve_real(&query->entry, mapped ? AF_UNSPEC : query->family,
			query->flags & AI_ADDRCONFIG);
	query->is_resolved = true;
	query->is_cached = false;
}

static bool has_real_of(const struct uh_cached_name *entry, const struct uh_address *address)
{
	for (unsigned i = 0; i < entry->reals; i++)
		if (uh_address_is_v4(&entry->real[i]) == uh_address_is_v4(address))
			return true;
	return false;
}

void uh_names_match_families(struct uh_name_query *query)
{
	unsigned kept = 0;

	if (!query->is_stand_in || !query->may_need_real || query->addresses < 2)
		return;
	resolve(query);
	for (unsigned i = 0; i < query->addresses; i++)
		if (has_real_of(&query->entry, &query->address[i]))
			query->address[kept++] = query->address[i];
	if (kept)
		query->addresses = kept;
}

void uh_names_commit(struct uh_name_query *query)
{
	if (!query->is_stand_in)
		return;
	resolve(query);
	if (!query->is_cached)
		uh_name_cache_put(&query->entry);
}

bool uh_names_find_real(const struct uh_table *table, const struct uh_address *stand_in,
			struct uh_cached_name *found)
{
	const char *name = uh_table_stands_for(table, stand_in);
	bool is_cached = name && uh_name_cache_find_stand_in(stand_in, found);

	if (is_cached && found->asked)
		return true;
	if (!name || (!is_cached && uh_name_is_wildcard(name)))
		return false;
	if (!is_cached) {
		memset(found, 0, sizeof(*found));
		strcpy(found->name, name);
		set_stand_ins(table, found, false);
	}
	uh_resolve_real(found, AF_UNSPEC, 0);
	uh_name_cache_put(found);
	return true;
}

socklen_t uh_names_cached_real(const struct uh_endpoint *stand_in, sa_family_t family,
			       struct sockaddr_storage *real)
{
	struct uh_endpoint endpoint = {.port = stand_in->port};
	struct uh_cached_name found;

	if (!uh_name_cache_find_stand_in(&stand_in->address, &found))
		return 0;
	for (unsigned i = 0; i < found.reals; i++) {
		endpoint.address = found.real[i];
		if (uh_address_is_v4(&endpoint.address) == uh_address_is_v4(&stand_in->address))
			return uh_endpoint_to_sockaddr(&endpoint, family, real);
	}
	return 0;
}
