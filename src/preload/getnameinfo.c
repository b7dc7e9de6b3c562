/* SPDX-License-Identifier: MIT */
/*
 * getnameinfo.c: getnameinfo(3) and gethostbyaddr(3). A stand-in has the name that it stands
 * for; name servers are not asked, because they know no name for it.
 */
#include "export.h"
#include "base/format.h"
#include "gethostbyname.h"
#include "names/name_cache.h"
#include "libc/libc.h"
#include "routes/routes.h"

/* Finds the name of a stand-in. False if the address is none, or if it belongs to a "*." route
 * and this process was not given it. */
static bool name_of(const struct uh_address *address, char *name)
{
	struct uh_cached_name known;

	if (!uh_name_of_stand_in(address, name))
		return false;
	if (uh_name_cache_find_stand_in(address, &known))
		strcpy(name, known.name);
	return !uh_name_is_wildcard(name);
}

UH_EXPORT int getnameinfo(const struct sockaddr *restrict address, socklen_t length,
			  char *restrict host, socklen_t host_size, char *restrict service,
			  socklen_t service_size, int flags)
{
	char name[UH_NAME_MAX + 1], number[NI_MAXHOST];
	struct uh_endpoint endpoint;
	int status;

	if (!host || !host_size || flags & NI_NUMERICHOST || !address ||
	    !uh_endpoint_from_sockaddr(address, length, &endpoint) ||
	    !name_of(&endpoint.address, name))
		return uh_libc_getnameinfo()(address, length, host, host_size, service,
					     service_size, flags);
	status = uh_libc_getnameinfo()(address, length, number, sizeof(number), service,
				       service_size, (flags | NI_NUMERICHOST) & ~NI_NAMEREQD);
	if (status != 0)
		return status;
	uh_format(host, host_size, "%s", name);
	return strlen(name) < host_size ? 0 : EAI_OVERFLOW;
}

/* A stand-in that was passed to gethostbyaddr(3). */
struct question {
	char name[UH_NAME_MAX + 1], number[UH_ADDRESS_TEXT];
};

static bool begin(const void *bytes, socklen_t length, int family, struct question *question)
{
	struct uh_address address = {.byte = {[10] = 0xff, [11] = 0xff}};

	if (family == AF_INET && length == 4)
		memcpy(address.byte + 12, bytes, 4);
	else if (family == AF_INET6 && length == 16)
		memcpy(address.byte, bytes, 16);
	else
		return false;
	if (family == AF_INET)
		uh_address_format(&address, question->number);
	else
		uh_address_format_v6(&address, question->number);
	return name_of(&address, question->name);
}

UH_EXPORT struct hostent *gethostbyaddr(const void *bytes, socklen_t length, int family)
{
	struct question question;

	if (!begin(bytes, length, family, &question))
		return uh_libc_gethostbyaddr()(bytes, length, family);
	return uh_hostent_of_number(question.number, family, question.name);
}

UH_EXPORT int gethostbyaddr_r(const void *restrict bytes, socklen_t length, int family,
			      struct hostent *restrict host, char *restrict buffer, size_t size,
			      struct hostent **restrict result, int *restrict error)
{
	struct question question;

	if (!begin(bytes, length, family, &question))
		return uh_libc_gethostbyaddr_r()(bytes, length, family, host, buffer, size,
						 result, error);
	return uh_hostent_of_number_r(question.number, family, question.name, host, buffer,
				      size, result, error);
}
