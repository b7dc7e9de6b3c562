/* SPDX-License-Identifier: MIT */
/* sockname.c: getpeername(2), getsockname(2) and a second bind(2) on a routed socket. */
#include "sockname.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process/own_fd.h"
#include "libc/libc.h"
#include "process/user_memory.h"

static socklen_t write_name(const struct uh_record *record, const struct uh_endpoint *endpoint,
			    uint32_t flow, struct sockaddr_storage *name)
{
	socklen_t length = uh_endpoint_to_sockaddr(endpoint, record->domain, name);

	if (name->ss_family == AF_INET6)
		((struct sockaddr_in6 *)name)->sin6_flowinfo = flow;
	return length;
}

int uh_getpeername(int fd, struct sockaddr *address, socklen_t *length)
{
	struct sockaddr_storage name;
	socklen_t size = sizeof(name);
	struct uh_record record;

	if (!uh_record_find(fd, &record))
		return uh_libc_getpeername()(fd, address, length);
	if (uh_libc_getpeername()(fd, (struct sockaddr *)&name, &size) != 0)
		return -1; /* not connected (any more) */
	size = write_name(&record, &record.peer, record.flow, &name);
	return uh_write_sockaddr(fd, &name, size, address, length);
}

int uh_getsockopt_peername(int fd, const struct uh_record *record, void *value,
			   socklen_t *length)
{
	struct sockaddr_storage name;
	socklen_t size = sizeof(name.ss_family), room;

	/* Only to learn whether there is a peer: no socket address is shorter. */
	if (uh_libc_getsockopt()(fd, SOL_SOCKET, SO_PEERNAME, &name, &size) != 0)
		return -1;
	if (!uh_is_readable(fd, length, sizeof(*length))) {
		errno = EFAULT;
		return -1;
	}
	memcpy(&room, length, sizeof(room));
	size = write_name(record, &record->peer, record->flow, &name);
	if (room > size) { /* or if it is negative */
		errno = EINVAL;
		return -1;
	}
	return uh_write_sockaddr(fd, &name, room, value, length);
}

int uh_open_datagram_to_peer(const struct uh_record *record)
{
	int scratch = uh_open_socket(record->domain, SOCK_DGRAM, 0);
	struct sockaddr_storage name;
	socklen_t length = write_name(record, &record->peer, record->flow, &name);

	/*
	 * The system call, because connect(2) in libc is a cancellation point and
	 * getsockname(2) is not, and because other preloaded objects may intercept libc's
	 * function.
	 */
	if (scratch >= 0 && syscall(SYS_connect, scratch, &name, length) != 0) {
		uh_close(scratch);
		scratch = -1;
	}
	return scratch;
}

/*
 * Returns this host's source address for the peer, or the loopback address if there is no route
 * to the peer.
 */
static struct uh_endpoint source_to_peer(const struct uh_record *record)
{
	static const struct uh_address v4 = {.byte = {[10] = 0xff, 0xff, 127, 0, 0, 1}};
	static const struct uh_address v6 = {.byte = {[15] = 1}};
	struct uh_endpoint source = {.port = 0};
	struct sockaddr_storage name;
	socklen_t length = sizeof(name);
	int scratch = uh_open_datagram_to_peer(record);

	if (scratch >= 0 &&
	    uh_libc_getsockname()(scratch, (struct sockaddr *)&name, &length) == 0)
		uh_endpoint_from_sockaddr((struct sockaddr *)&name, length, &source);
	else
		source.address = uh_address_is_v4(&record->peer.address) ? v4 : v6;
	if (scratch >= 0)
		uh_close(scratch);
	return source;
}

/*
 * The port is derived from the socket's identity, so that it is stable, in the kernel's default
 * range of local ports (32768 to 60999).
 */
void uh_choose_local_address(struct uh_record *record)
{
	bool complete = true;

	if (uh_address_is_unspecified(&record->local.address)) {
		struct uh_endpoint source = source_to_peer(record);

		record->local.address = source.address;
		record->local.scope_id = source.scope_id;
		complete = false;
	}
	if (record->local.port == 0) {
		record->local.port = (uint16_t)(32768 + record->identity * 2654435761U % 28232);
		complete = false;
	}
	if (!complete)
		uh_record_set_local(record->identity, &record->local);
}

int uh_getsockname(int fd, struct sockaddr *address, socklen_t *length)
{
	struct sockaddr_storage name;
	struct uh_record record;
	int saved = errno;
	socklen_t size;

	if (!uh_record_find(fd, &record) || record.kind != UH_REPLACED)
		return uh_libc_getsockname()(fd, address, length);
	uh_choose_local_address(&record);
	errno = saved;
	size = write_name(&record, &record.local, 0, &name);
	return uh_write_sockaddr(fd, &name, size, address, length);
}

bool uh_bind_is_refused(int fd, const struct sockaddr *address, socklen_t length)
{
	struct uh_record record;
	int scratch;

	if (!uh_record_find(fd, &record) || record.kind != UH_REPLACED)
		return false;
	scratch = uh_open_socket(record.domain, record.type, record.protocol);
	/* The kernel checks for these errors only after it has found that the socket is already
	 * bound, which is EINVAL (inet_bind_sk(), __inet6_bind()). */
	if (scratch < 0 || uh_libc_bind()(scratch, address, length) == 0 ||
	    errno == EADDRINUSE || (errno == EADDRNOTAVAIL && record.domain == AF_INET6))
		errno = EINVAL;
	if (scratch >= 0)
		uh_close(scratch);
	return true;
}
