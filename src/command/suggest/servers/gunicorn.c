/* SPDX-License-Identifier: MIT */
/* gunicorn.c: where gunicorn was told to listen on its command line. */
#include <string.h>

#include "servers.h"

/* The value of -b or --bind that begins at *at, which moves on to it where it stands apart. */
static const char *bind_value(const char **at)
{
	const char *argument = *at;

	if (strncmp(argument, "--bind=", 7) == 0)
		return argument + 7;
	if (strncmp(argument, "-b", 2) == 0 && argument[2])
		return argument + 2;
	if (strcmp(argument, "-b") != 0 && strcmp(argument, "--bind") != 0)
		return NULL;
	argument += strlen(argument) + 1;
	if (!*argument)
		return NULL;
	*at = argument;
	return argument;
}

/* One application answers at all of them. */
void uh_services_gunicorn(struct uh_services *services, const char *arguments)
{
	const struct uh_bind plain = {0};
	struct uh_service *service = uh_service_add(services, NULL, 0);

	for (const char *at = arguments; service && *at; at += strlen(at) + 1) {
		const char *value = bind_value(&at);

		if (value)
			uh_bind_add(services, service, value, &plain);
	}
}
