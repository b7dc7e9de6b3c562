/* SPDX-License-Identifier: MIT */
/* gethostbyname.c: gethostbyname(3) and related functions; libc gets a number in place of a
 * routed name. */
#include "gethostbyname.h"

#include "export.h"
#include "names/resolved_names.h"
#include "libc/libc.h"
#include "names/name_query.h"
#include "routes/routes.h"
#include "observe/trace_channel.h"

/* False if libc must answer. Else number is what libc is asked for in place of the name. */
static bool ask_routes(const char *name, int family, struct uh_name_query *query, char *number)
{
	query->family = family;
	query->flags = 0;
	query->protocols = UH_ANY;
	query->maybe_tcp = false;
	if (!name || (family != AF_INET && family != AF_INET6) ||
	    !uh_name_canonical(name, query->name) || !uh_routes_query_name(query))
		return false;
	uh_names_number(query, 0, 0, number);
	return true;
}

/* Replaces the number by the name; musl has the number among the aliases too. */
static void put_name(struct hostent *host, const char *number, char *name)
{
	host->h_name = name;
	for (char **alias = host->h_aliases; *alias; alias++)
		if (strcmp(*alias, number) == 0)
			*alias = name;
}

struct hostent *uh_hostent_of_number(const char *number, int family, const char *name)
{
	struct hostent *host = uh_libc_gethostbyname2()(number, family);

	if (host) {
		static char kept[UH_NAME_MAX + 2];

		put_name(host, number, strcpy(kept, name));
	}
	return host;
}

static struct hostent *answer(struct uh_name_query *query, const char *number, const char *name)
{
	struct hostent *host = uh_hostent_of_number(number, query->family, name);

	if (host)
		uh_names_commit(query);
	return host;
}

/* Returns host, whose addresses are noted with the name for a trace. */
static struct hostent *noted(const char *name, struct hostent *host)
{
	struct uh_address address = {.byte = {[10] = 0xff, [11] = 0xff}};

	if (!uh_traces() || !host || !name)
		return host;
	for (char **at = host->h_addr_list; *at; at++) {
		if (host->h_addrtype == AF_INET)
			memcpy(address.byte + 12, *at, 4);
		else
			memcpy(address.byte, *at, 16);
		uh_resolved_name_put(&address, name);
	}
	return host;
}

UH_EXPORT struct hostent *gethostbyname(const char *name)
{
	struct uh_name_query query;
	char number[UH_NUMBER];

	if (!ask_routes(name, AF_INET, &query, number))
		return noted(name, uh_libc_gethostbyname()(name));
	return noted(name, answer(&query, number, name));
}

UH_EXPORT struct hostent *gethostbyname2(const char *name, int family)
{
	struct uh_name_query query;
	char number[UH_NUMBER];

	if (!ask_routes(name, family, &query, number))
		return noted(name, uh_libc_gethostbyname2()(name, family));
	return noted(name, answer(&query, number, name));
}

/* The name is stored at the end of the caller's buffer. libc gets the rest, and fails with
 * ERANGE if that is too small. */
int uh_hostent_of_number_r(const char *number, int family, const char *name,
			   struct hostent *host, char *buffer, size_t size,
			   struct hostent **result, int *error)
{
	size_t length = strlen(name) + 1, left = size > length ? size - length : 0;
	int status =
	    uh_libc_gethostbyname2_r()(number, family, host, buffer, left, result, error);

	if (status == 0 && *result)
		put_name(host, number, memcpy(buffer + size - length, name, length));
	return status;
}

static int answer_r(struct uh_name_query *query, const char *number, const char *name,
		    struct hostent *host, char *buffer, size_t size, struct hostent **result,
		    int *error)
{
	int status = uh_hostent_of_number_r(number, query->family, name, host, buffer, size,
					    result, error);

	if (status == 0 && *result)
		uh_names_commit(query);
	return status;
}

/* Returns status. A status of 0 without a result means that the name does not exist. */
static int noted_r(const char *name, struct hostent *const *result, int status)
{
	if (uh_traces() && status == 0)
		noted(name, *result);
	return status;
}

UH_EXPORT int gethostbyname_r(const char *restrict name, struct hostent *restrict host,
			      char *restrict buffer, size_t size,
			      struct hostent **restrict result, int *restrict error)
{
	struct uh_name_query query;
	char number[UH_NUMBER];
	int status;

	if (ask_routes(name, AF_INET, &query, number))
		status = answer_r(&query, number, name, host, buffer, size, result, error);
	else
		status = uh_libc_gethostbyname_r()(name, host, buffer, size, result, error);
	return noted_r(name, result, status);
}

UH_EXPORT int gethostbyname2_r(const char *restrict name, int family,
			       struct hostent *restrict host, char *restrict buffer,
			       size_t size, struct hostent **restrict result,
			       int *restrict error)
{
	struct uh_name_query query;
	char number[UH_NUMBER];
	int status;

	if (ask_routes(name, family, &query, number))
		status = answer_r(&query, number, name, host, buffer, size, result, error);
	else
		status =
		    uh_libc_gethostbyname2_r()(name, family, host, buffer, size, result, error);
	return noted_r(name, result, status);
}
