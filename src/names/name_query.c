/* SPDX-License-Identifier: MIT */
/* name_query.c: looks a routed name up in libc's place. */
#include "name_query.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>

#include "base/format.h"
#include "real_addresses.h"

/* Attempts at an address under "*." that no other name of this process has. */
enum { ATTEMPTS = 16 };

static bool is_free(const struct uh_address *address, const char *name)
{
	struct uh_known_name other;

	return !uh_known_by_address(address, &other) || strcmp(other.name, name) == 0;
}

static void find_stand_ins(const struct uh_table *table, struct uh_known_name *known)
{
	for (int family = 0; family < UH_FAMILIES; family++) {
		unsigned attempt = 0;

		do
			known->stand_in[family] = uh_table_stand_in(
			    table, known->name, (enum uh_family)family, attempt);
		while (!is_free(&known->stand_in[family], known->name) && ++attempt < ATTEMPTS);
	}
}

/* False where the family asked for has no room for the one address that every port leads to. */
static bool can_hold(const struct uh_wish *wish, const struct uh_address *address)
{
	if (uh_address_is_v4(address))
		return wish->family != AF_INET6 || wish->mapped;
	return wish->family != AF_INET;
}

static void add_stand_in(struct uh_name_query *look_up, enum uh_family family)
{
	look_up->address[look_up->addresses++] = look_up->known.stand_in[family];
}

/* For either family IPv4 first: a host without IPv4 addresses can connect to it all the same.
 */
static void answer_stand_ins(const struct uh_wish *wish, struct uh_name_query *look_up)
{
	look_up->is_stand_in = true;
	if (wish->family != AF_INET6)
		add_stand_in(look_up, UH_IPV4);
	if (wish->family != AF_INET)
		add_stand_in(look_up, UH_IPV6);
	if (wish->family == AF_INET6 && wish->all)
		add_stand_in(look_up, UH_IPV4);
}

/*
 * Some look up with SOCK_DGRAM, to get each address once, and connect with TCP. Where only that
 * is routed a stand-in suits both: datagrams go on to the real address.
 */
static struct uh_answer decide(const struct uh_table *table, const char *name,
			       const struct uh_wish *wish, const struct uh_self *self)
{
	struct uh_answer answer = uh_table_answer(table, name, wish->protocols, self), either;

	if (!wish->maybe_tcp)
		return answer;
	either = uh_table_answer(table, name, UH_ANY, self);
	if (answer.kind == UH_ANSWER_NONE && either.kind != UH_ANSWER_NONE) {
		either.kind = UH_ANSWER_STAND_IN;
		either.may_need_real = true;
	}
	return either;
}

bool uh_name_query_begin(const struct uh_table *table, const struct uh_self *self,
			 const struct uh_wish *wish, struct uh_name_query *look_up)
{
	struct uh_answer answer;

	*look_up = (struct uh_name_query){.addresses = 0};
	if (!table || !uh_table_has_names(table) ||
	    !uh_name_canonical(wish->node, look_up->known.name))
		return false;
	answer = decide(table, look_up->known.name, wish, self);
	if (answer.kind == UH_ANSWER_NONE)
		return false;
	look_up->may_need_real = answer.may_need_real;
	if (answer.kind == UH_ANSWER_ADDRESS && can_hold(wish, &answer.address)) {
		look_up->address[look_up->addresses++] = answer.address;
		return true;
	}
	find_stand_ins(table, &look_up->known);
	answer_stand_ins(wish, look_up);
	return true;
}

/* inet_aton(3) takes one hexadecimal number with any zeros; a zone of IPv6 takes zeros too. */
char *uh_name_query_literal(const struct uh_name_query *look_up, unsigned i, size_t length,
			    char *text)
{
	const struct uh_address *address = &look_up->address[i];
	size_t used = strlen(uh_address_format(address, text));
	char number[9] = "";
	uint32_t v4;

	if (used >= length)
		return text;
	if (uh_address_is_v4(address)) {
		memcpy(&v4, address->byte + 12, sizeof(v4));
		uh_format(number, sizeof(number), "%x", ntohl(v4));
		used = uh_format(text, UH_LITERAL, "0x");
	} else {
		used += uh_format(text + used, UH_LITERAL - used, "%%0");
	}
	while (used < length)
		text[used++] = '0';
	uh_format(text + used, UH_LITERAL - used, "%s", number);
	return text;
}

static void ask_real(const struct uh_wish *wish, struct uh_name_query *look_up)
{
	struct uh_known_name before, *known = &look_up->known;

	if (uh_known_by_name(known->name, &before)) {
		known->asked = before.asked;
		known->reals = before.reals;
		memcpy(known->real, before.real, sizeof(known->real));
	}
	if (look_up->may_need_real)
		uh_real_ask(known, wish->mapped ? AF_UNSPEC : wish->family, wish->flags);
	look_up->is_asked = true;
}

static bool has_real_of(const struct uh_known_name *known, const struct uh_address *address)
{
	for (unsigned i = 0; i < known->reals; i++)
		if (uh_address_is_v4(&known->real[i]) == uh_address_is_v4(address))
			return true;
	return false;
}

void uh_name_query_fit(const struct uh_wish *wish, struct uh_name_query *look_up)
{
	unsigned kept = 0;

	if (!look_up->is_stand_in || !look_up->may_need_real || look_up->addresses < 2)
		return;
	ask_real(wish, look_up);
	for (unsigned i = 0; i < look_up->addresses; i++)
		if (has_real_of(&look_up->known, &look_up->address[i]))
			look_up->address[kept++] = look_up->address[i];
	if (kept)
		look_up->addresses = kept;
}

void uh_name_query_end(const struct uh_wish *wish, struct uh_name_query *look_up)
{
	if (!look_up->is_stand_in)
		return;
	if (!look_up->is_asked)
		ask_real(wish, look_up);
	uh_known_put(&look_up->known);
}

/* What a route calls by its own name can be asked for by whoever has the routes. */
static void begin_known(const struct uh_table *table, const char *name,
			struct uh_known_name *known)
{
	*known = (struct uh_known_name){.reals = 0};
	strcpy(known->name, name);
	find_stand_ins(table, known);
}

bool uh_real_addresses(const struct uh_table *table, const struct uh_address *stand_in,
		       struct uh_known_name *known)
{
	const char *name = uh_table_stands_for(table, stand_in);
	bool found = name && uh_known_by_address(stand_in, known);

	if (found && known->asked)
		return true;
	if (!name || (!found && uh_name_is_wildcard(name)))
		return false;
	if (!found)
		begin_known(table, name, known);
	uh_real_ask(known, AF_UNSPEC, 0);
	uh_known_put(known);
	return true;
}

socklen_t uh_known_real(const struct uh_endpoint *stand_in, sa_family_t family,
			struct sockaddr_storage *real)
{
	struct uh_endpoint endpoint = {.port = stand_in->port};
	struct uh_known_name known;

	if (!uh_known_by_address(&stand_in->address, &known))
		return 0;
	for (unsigned i = 0; i < known.reals; i++) {
		endpoint.address = known.real[i];
		if (uh_address_is_v4(&endpoint.address) == uh_address_is_v4(&stand_in->address))
			return uh_endpoint_to_sockaddr(&endpoint, family, real);
	}
	return 0;
}
