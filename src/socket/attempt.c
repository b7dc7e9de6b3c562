/* SPDX-License-Identifier: MIT */
/* attempt.c: the record and the result of an attempt. */
#include "attempt.h"

#include <errno.h>

struct uh_record uh_record_for(const struct uh_target_attempt *attempt,
			       enum uh_record_kind kind)
{
	struct uh_record record = {
	    .peer = *attempt->asked,
	    .local = attempt->socket->local,
	    .flow = attempt->flow,
	    .protocol = (uint16_t)attempt->socket->protocol,
	    .domain = (uint8_t)attempt->socket->domain,
	    .type = (uint8_t)attempt->socket->type,
	    .kind = (uint8_t)kind,
	};

	record.peer.address = uh_address_meant(&attempt->asked->address, &record.local.address);
	return record;
}

/*
 * A non-blocking connect(2) of TCP never returns 0, and programs are not tested with that:
 * Tcl's `socket -async` and Mono's ConnectAsync would wait for ever.
 */
int uh_attempt_result(const struct uh_target_attempt *attempt, int saved)
{
	errno = attempt->in_progress ? EINPROGRESS : saved;
	return attempt->in_progress ? -1 : 0;
}

int uh_attempt_refusal(const struct uh_target_attempt *attempt)
{
	return attempt->socket->type == SOCK_DGRAM &&
		       uh_table_refuses(attempt->table, attempt->route)
		   ? EPERM
		   : ECONNREFUSED;
}
