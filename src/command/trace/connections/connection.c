/* SPDX-License-Identifier: MIT */
/* connection.c: the list of a trace's connections, and the words that traces have for results.
 */
#include "connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/errno_name.h"
#include "build/intern.h"
#include "command/cli/diag.h"
#include "base/array.h"

bool uh_trace_add(struct uh_trace *trace, const struct uh_connection *connection)
{
	struct uh_connection *grown =
	    uh_array_grow(trace->connection, trace->count, sizeof(*grown));

	if (!grown) {
		uh_error("%s", strerror(errno));
		return false;
	}
	trace->connection = grown;
	grown[trace->count++] = *connection;
	return true;
}

const char *uh_trace_intern(struct uh_trace *trace, const char *text)
{
	struct uh_interned *piece;

	if (!trace->texts)
		trace->texts = uh_interner_new();
	piece = trace->texts ? uh_intern_text(trace->texts, text) : NULL;
	return piece ? piece->bytes : NULL;
}

void uh_trace_free(struct uh_trace *trace)
{
	uh_interner_free(trace->texts);
	free(trace->connection);
	*trace = (struct uh_trace){0};
}

enum uh_protocol uh_connection_protocol(const struct uh_connection *connection)
{
	return connection->protocol == IPPROTO_TCP   ? UH_TCP
	       : connection->protocol == IPPROTO_UDP ? UH_UDP
						     : 0;
}

const char *uh_ip_protocol_format(uint16_t protocol, char text[8])
{
	if (protocol == IPPROTO_TCP)
		return "tcp";
	if (protocol == IPPROTO_UDP)
		return "udp";
	snprintf(text, 8, "%u", protocol);
	return text;
}

uint16_t uh_ip_protocol_parse(const char *text)
{
	if (strcmp(text, "tcp") == 0)
		return IPPROTO_TCP;
	return strcmp(text, "udp") == 0 ? IPPROTO_UDP : (uint16_t)strtoul(text, NULL, 10);
}

const char *uh_result_name(int error)
{
	switch (error) {
	case UH_TRACE_FAILED:
		return "failed";
	case UH_TRACE_UNKNOWN:
		return "unknown";
	default:
		return uh_error_name(error);
	}
}

int uh_result_parse(const char *name)
{
	int error;

	if (strcmp(name, "unknown") == 0 || strcmp(name, "EINPROGRESS") == 0)
		return UH_TRACE_UNKNOWN;
	error = uh_error_number(name);
	return error < 0 ? UH_TRACE_FAILED : error;
}

bool uh_is_failure(int error)
{
	return error != 0 && error != UH_TRACE_UNKNOWN;
}

const char *uh_program_name(const char *program)
{
	const char *slash = program ? strrchr(program, '/') : NULL;

	return slash && slash[1] ? slash + 1 : program ? program : "?";
}
