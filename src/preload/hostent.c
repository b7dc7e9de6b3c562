/* SPDX-License-Identifier: MIT */
/* hostent.c: gethostbyname(3) and its relatives, with a number in a routed name's place. */
#include <netdb.h>

#include "export.h"
#include "libc.h"
#include "look_up.h"
#include "routes.h"

/* A look-up of these functions: of one family, and for sockets of any protocol. */
struct question {
	struct uh_wish wish;
	struct uh_look_up look_up;
	char number[UH_LITERAL];
};

static bool begin(const char *name, int family, struct question *question)
{
	question->wish = (struct uh_wish){.node = name, .family = family, .protocols = UH_ANY};
	if (!name || (family != AF_INET && family != AF_INET6) ||
	    !uh_name_canonical(name, question->number) ||
	    !uh_routes_look_up(&question->wish, &question->look_up))
		return false;
	uh_look_up_literal(&question->look_up, 0, 0, question->number);
	return true;
}

/* musl has the number among the aliases, too. */
static void put_name(const struct question *question, struct hostent *host, char *name)
{
	host->h_name = name;
	for (char **alias = host->h_aliases; *alias; alias++)
		if (strcmp(*alias, question->number) == 0)
			*alias = name;
}

/*
 * The answer is libc's static one, and so is the name in it: as with libc's own, a thread that
 * minds others calls the _r forms.
 */
static struct hostent *finish(struct question *question, struct hostent *host)
{
	static char name[UH_NAME_MAX + 2];

	if (!host)
		return NULL;
	put_name(question, host, strcpy(name, question->wish.node));
	uh_look_up_end(&question->wish, &question->look_up);
	return host;
}

UH_EXPORT struct hostent *gethostbyname(const char *name)
{
	struct question question;

	if (!begin(name, AF_INET, &question))
		return uh_libc_gethostbyname()(name);
	return finish(&question, uh_libc_gethostbyname()(question.number));
}

UH_EXPORT struct hostent *gethostbyname2(const char *name, int family)
{
	struct question question;

	if (!begin(name, family, &question))
		return uh_libc_gethostbyname2()(name, family);
	return finish(&question, uh_libc_gethostbyname2()(question.number, family));
}

/* The name takes the end of the caller's buffer, libc's answer the rest: with none it fails. */
static int ask(struct question *question, struct hostent *host, char *buffer, size_t size,
	       struct hostent **result, int *error)
{
	size_t length = strlen(question->wish.node) + 1,
	       left = size > length ? size - length : 0;
	int status = uh_libc_gethostbyname2_r()(question->number, question->wish.family, host,
						buffer, left, result, error);

	if (status != 0 || !*result)
		return status;
	put_name(question, host, memcpy(buffer + size - length, question->wish.node, length));
	uh_look_up_end(&question->wish, &question->look_up);
	return 0;
}

UH_EXPORT int gethostbyname_r(const char *restrict name, struct hostent *restrict host,
			      char *restrict buffer, size_t size,
			      struct hostent **restrict result, int *restrict error)
{
	struct question question;

	if (!begin(name, AF_INET, &question))
		return uh_libc_gethostbyname_r()(name, host, buffer, size, result, error);
	return ask(&question, host, buffer, size, result, error);
}

UH_EXPORT int gethostbyname2_r(const char *restrict name, int family,
			       struct hostent *restrict host, char *restrict buffer,
			       size_t size, struct hostent **restrict result,
			       int *restrict error)
{
	struct question question;

	if (!begin(name, family, &question))
		return uh_libc_gethostbyname2_r()(name, family, host, buffer, size, result,
						  error);
	return ask(&question, host, buffer, size, result, error);
}
