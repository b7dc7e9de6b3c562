/* SPDX-License-Identifier: MIT */
/* restore_socket.c: puts a socket of the program's own kind under a replaced descriptor. */
#include "restore_socket.h"

#include <errno.h>

#include "libc/libc.h"
#include "socket/replace/copy_options.h"
#include "socket/replace/replace.h"
#include "socket/replace/temporary_fds.h"
#include "socket/state/datagram_socket.h"
#include "socket/state/fd_hints.h"
#include "socket/state/socket_info.h"

/*
 * The kernel keeps the bound address when a connection is dissolved (tcp_disconnect() in
 * linux/net/ipv4/tcp.c). If another socket has taken the port meanwhile, only the address is
 * bound.
 */
static void bind_again(int fresh, const struct uh_record *record)
{
	static const struct uh_address any_v4 = {.byte = {[10] = 0xff, 0xff}};
	struct uh_endpoint local = record->local;
	struct sockaddr_storage name;
	socklen_t length;

	if (!(record->bound & UH_BOUND_ADDRESS))
		local.address = record->domain == AF_INET ? any_v4 : (struct uh_address){{0}};
	if (!(record->bound & UH_BOUND_PORT))
		local.port = 0;
	length = uh_endpoint_to_sockaddr(&local, record->domain, &name);
	if (!record->bound ||
	    uh_libc_bind()(fresh, (const struct sockaddr *)&name, length) == 0 ||
	    !(record->bound & UH_BOUND_ADDRESS))
		return;
	local.port = 0;
	length = uh_endpoint_to_sockaddr(&local, record->domain, &name);
	uh_libc_bind()(fresh, (const struct sockaddr *)&name, length);
}

int uh_restore_socket(int fd, const struct uh_record *record)
{
	const struct uh_socket replacement = {.fd = fd};
	uint64_t identity;
	int fresh =
	    uh_temporary_open(record->domain, record->type, record->protocol, &identity);
	int flags, error;

	if (fresh < 0)
		return ENOBUFS;
	uh_copy_options_back(fd, fresh, record);
	bind_again(fresh, record);
	flags = uh_copy_flags(&replacement, fresh);
	if (flags < 0 || !uh_replace(fd, record->identity, fresh, flags)) {
		error = errno == EBADF ? EBADF : ENOBUFS;
		uh_temporary_close(fresh);
		return error;
	}
	uh_record_remove(record->identity);
	uh_datagram_socket_forget(fd);
	return 0;
}

void uh_restore_if_idle(int fd)
{
	struct uh_record record;
	int saved = errno;

	if (!uh_fd_has_hint(fd, UH_HINT_ROUTED))
		return;
	if (!uh_record_find(fd, &record))
		uh_fd_remove_hint(fd, UH_HINT_ROUTED);
	else if (record.kind == UH_REPLACED &&
		 (record.type == SOCK_DGRAM || uh_is_unconnected_stream(fd)))
		uh_restore_socket(fd, &record);
	errno = saved;
}
