/* SPDX-License-Identifier: MIT */
/* gunicorn.c: reads -b and --bind from gunicorn's command line. */
#include <string.h>

#include "servers.h"

/* The value of the option -b or --bind at *at, or NULL for another argument. If the value is an
 * argument of its own, *at moves on to it. */
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

/* gunicorn serves one application, so all binds belong to one service. */
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
