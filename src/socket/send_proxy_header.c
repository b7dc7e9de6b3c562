/* SPDX-License-Identifier: MIT */
/* send_proxy_header.c: sends the header of the PROXY protocol on a new connection. */
#include "send_proxy_header.h"

#include <errno.h>
#include <unistd.h>

#include "table/name_answer.h"
#include "libc/libc.h"
#include "socket/answers/sockname.h"
#include "proxy_header.h"

/*
 * The send buffer of a new connection is empty: a header that does not fit now never will. Out
 * of line, so that the stack of most connections has no room for a header.
 */
__attribute__((noinline)) static bool send_header(const struct uh_target_attempt *attempt,
						  int fresh, struct uh_record *record)
{
	enum uh_proxy_protocol version = (enum uh_proxy_protocol)attempt->route->proxy_protocol;
	unsigned char header[UH_PROXY_HEADER_MAX];
	struct uh_proxy proxy = {.to = record->peer};
	size_t size;
	ssize_t sent;

	uh_choose_local_address(record);
	proxy.from = record->local;
	proxy.name = uh_table_stands_for(attempt->table, &record->peer.address);
	proxy.process = (uint32_t)getpid();
	proxy.user = geteuid();
	size = uh_proxy_header(version, &proxy, header);
	sent = uh_libc_sendto()(fresh, header, size, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
	if (sent >= 0 && (size_t)sent != size)
		errno = EAGAIN;
	return sent == (ssize_t)size;
}

bool uh_send_proxy_header(const struct uh_target_attempt *attempt, int fresh,
			  struct uh_record *record)
{
	return attempt->route->proxy_protocol == UH_PROXY_OFF ||
	       send_header(attempt, fresh, record);
}
