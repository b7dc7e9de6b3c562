/* SPDX-License-Identifier: MIT */
/* send_proxy_header.c: checks who runs a Unix target, and tells it who calls. */
#include <errno.h>
#include <unistd.h>

#include "table/name_answer.h"
#include "libc/libc.h"
#include "socket/answers/sockname.h"
#include "proxy_header.h"
#include "targets.h"

/*
 * SO_PEERCRED is the effective user of the process that called listen(2), at that time
 * (unix(7)).
 */
bool uh_is_expected_peer(const struct uh_target_attempt *attempt, int fresh)
{
	const struct uh_user *peer = uh_table_peers(attempt->table, attempt->route);
	struct ucred listener;
	socklen_t size = sizeof(listener);

	if (!attempt->route->peer_count)
		return true;
	if (uh_libc_getsockopt()(fresh, SOL_SOCKET, SO_PEERCRED, &listener, &size) != 0)
		return false;
	for (uint32_t i = 0; i < attempt->route->peer_count; i++)
		if (peer[i].id == listener.uid)
			return true;
	attempt->failure->wrong_peer = true;
	attempt->failure->user = listener.uid;
	errno = EACCES;
	return false;
}

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

	uh_complete_local(record);
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
