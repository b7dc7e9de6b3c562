/* SPDX-License-Identifier: MIT */
/* service_names.h: converts names of services to ports, by /etc/services alone. */
#ifndef UH_SERVICE_NAMES_H
#define UH_SERVICE_NAMES_H

#include "base/host_port.h"
#include "table/route.h"

#define UH_SERVICES "/etc/services"

/* The names, read when the first one is looked up. {0} at first. */
struct uh_service_names {
	bool read;
	int error;		      /* why the file could not be read, or 0 */
	char *text;		      /* the file, cut into words */
	struct uh_service_name *list; /* sorted; ends with name NULL */
	size_t count;
};

/*
 * True if a destination or target has something like the name of a service as its port.
 */
bool uh_has_service_name(const char *text);

/*
 * Writes a destination or target with its port as a number into numeric (UH_NUMERIC bytes). A
 * name has the port of the protocol (UH_UDP: udp, else tcp), or if it has none, that of the
 * other one. Returns numeric; or text itself if it names no service; or NULL with errno EINVAL
 * and a reason in why (UH_WHY bytes), or ENOMEM.
 */
#define UH_NUMERIC 304
const char *uh_service_names_replace(struct uh_service_names *names, const char *text,
				     enum uh_protocol protocol, char *numeric, char *why);

/* Frees what was read. */
void uh_service_names_free(struct uh_service_names *names);

/*
 * Does one replacement for a text that comes alone, such as an operand of the command. The
 * result is for free(3).
 */
char *uh_service_name_replace(const char *text, enum uh_protocol protocol, char *why);

#endif
