/* SPDX-License-Identifier: MIT */
/* copy_options.c: copies socket options from the program's socket to its replacement. */
#include "copy_options.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>

#include "libc/libc.h"
#include "socket/state/fd_hints.h"
#include "tcp_options.h"
#include "temporary_fds.h"
#include "socket/state/socket_info.h"

#ifndef SO_BUF_LOCK
#define SO_BUF_LOCK 72 /* since 5.14 */
#endif

struct transfer {
	int from, to, level;
	int unused; /* an unused socket of the same kind as `from`, or -1 */
	uint64_t identity;
};

struct value {
	socklen_t size;
	char bytes[UH_OPTION_MAX];
};

static bool read_value(int fd, int level, int name, struct value *value)
{
	memset(value, 0, sizeof(*value));
	value->size = sizeof(value->bytes);
	return uh_libc_getsockopt()(fd, level, name, value->bytes, &value->size) == 0;
}

/* setsockopt(2) of these does something other than to store what getsockopt(2) returns. */
static bool is_set_only(int name)
{
	return name == SO_ATTACH_FILTER || name == SO_DETACH_FILTER || name == SO_ATTACH_BPF ||
	       name == SO_ATTACH_REUSEPORT_CBPF || name == SO_ATTACH_REUSEPORT_EBPF;
}

/*
 * The kernel doubles a buffer size that is set, and returns the doubled size (socket(7)). It
 * may also enlarge a buffer itself; SO_BUF_LOCK says whether the program has set the size. A
 * size above the limit was set by a privileged process, and needs the FORCE option here too.
 */
static void copy_buffer_size(int name, int force, int lock, const struct transfer *transfer)
{
	int doubled = uh_get_int_option(transfer->from, SOL_SOCKET, name, 0),
	    size = doubled / 2;

	if (!(uh_get_int_option(transfer->from, SOL_SOCKET, SO_BUF_LOCK, lock) & lock))
		return;
	uh_libc_setsockopt()(transfer->to, SOL_SOCKET, name, &size, sizeof(size));
	if (uh_get_int_option(transfer->to, SOL_SOCKET, name, doubled) < doubled)
		uh_libc_setsockopt()(transfer->to, SOL_SOCKET, force, &size, sizeof(size));
}

/*
 * A Unix socket refuses all options of TCP and IP and a few of SOL_SOCKET; an IP socket of the
 * other family refuses some of IP. These are stored in the record: the program may read them,
 * or the socket may be replaced by one of the original kind again.
 */
static void copy_or_remember(int name, void *context)
{
	const struct transfer *transfer = context;
	struct value value;

	if (!read_value(transfer->from, transfer->level, name, &value))
		return;
	if (uh_libc_setsockopt()(transfer->to, transfer->level, name, value.bytes,
				 value.size) != 0 ||
	    transfer->level != SOL_SOCKET)
		uh_record_set_option(transfer->identity, transfer->level, name, value.bytes,
				     value.size);
}

static void copy_socket_option(int name, void *context)
{
	const struct transfer *transfer = context;

	if (name == SO_SNDBUF || name == SO_SNDBUFFORCE)
		copy_buffer_size(SO_SNDBUF, SO_SNDBUFFORCE, 1, transfer);
	else if (name == SO_RCVBUF || name == SO_RCVBUFFORCE)
		copy_buffer_size(SO_RCVBUF, SO_RCVBUFFORCE, 2, transfer);
	else if (!is_set_only(name))
		copy_or_remember(name, context);
}

static void copy_option(int name, struct transfer *transfer)
{
	if (transfer->level == SOL_SOCKET)
		copy_socket_option(name, transfer);
	else
		copy_or_remember(name, transfer);
}

/* If there is no unused socket to compare with, every option counts as changed. */
static bool is_as_unused(const struct transfer *transfer, int name)
{
	struct value now, new;

	return !read_value(transfer->from, transfer->level, name, &now) ||
	       (read_value(transfer->unused, transfer->level, name, &new) &&
		memcmp(&now, &new, sizeof(now)) == 0);
}

static bool is_zero(const struct transfer *transfer, int name)
{
	static const struct value zero;
	struct value now;

	return !read_value(transfer->from, transfer->level, name, &now) ||
	       memcmp(now.bytes, zero.bytes, sizeof(now.bytes)) == 0;
}

/* Copies the options that differ from an unused socket's, whoever has set them. */
static void copy_changed(struct transfer *transfer, const struct uh_option_level *options)
{
	transfer->level = options->level;
	for (const uint8_t *name = options->zero; *name; name++)
		if (!is_zero(transfer, *name))
			copy_option(*name, transfer);
	for (const uint8_t *name = options->other; *name; name++)
		if (!is_as_unused(transfer, *name))
			copy_option(*name, transfer);
}

static void copy_all_changed(const struct uh_socket *socket, struct transfer *transfer)
{
	uint64_t identity;

	transfer->unused =
	    uh_temporary_open(socket->domain, socket->type, socket->protocol, &identity);
	copy_changed(transfer, &uh_socket_options);
	copy_changed(transfer, socket->type == SOCK_STREAM ? &uh_tcp_options : &uh_udp_options);
	copy_changed(transfer, &uh_ip_options);
	if (socket->domain == AF_INET6)
		copy_changed(transfer, &uh_ipv6_options);
	if (transfer->unused >= 0)
		uh_temporary_close(transfer->unused);
}

static const int levels[] = {IPPROTO_TCP, IPPROTO_IP, IPPROTO_IPV6};
enum { LEVELS = sizeof(levels) / sizeof(*levels) };

static void copy_recorded(struct transfer *transfer)
{
	for (unsigned i = 0; i < LEVELS; i++) {
		transfer->level = levels[i];
		uh_fd_each_option(transfer->from, levels[i], copy_or_remember, transfer);
	}
	transfer->level = SOL_SOCKET;
	uh_fd_each_option(transfer->from, SOL_SOCKET, copy_socket_option, transfer);
}

void uh_copy_options(const struct uh_socket *socket, int to, uint64_t identity)
{
	struct transfer transfer = {.from = socket->fd, .to = to, .identity = identity};

	if (uh_fd_has_hint(socket->fd, UH_HINT_OPTIONS))
		copy_recorded(&transfer);
	if (!socket->is_new)
		copy_all_changed(socket, &transfer);
}

void uh_copy_async_owner(const struct uh_socket *socket, int to, int flags)
{
	struct f_owner_ex owner;
	int from = socket->fd, signal;

	if (!(flags & O_ASYNC) && !uh_fd_has_hint(from, UH_HINT_OWNER) && socket->is_new)
		return;
	if (uh_libc_fcntl()(from, F_GETOWN_EX, &owner) == 0 && owner.pid != 0)
		uh_libc_fcntl()(to, F_SETOWN_EX, &owner);
	signal = uh_libc_fcntl()(from, F_GETSIG);
	if (signal > 0)
		uh_libc_fcntl()(to, F_SETSIG, signal);
}

void uh_fd_remove_protocol_options(int number)
{
	for (unsigned i = 0; i < LEVELS; i++)
		uh_fd_remove_options(number, levels[i]);
}

static void set_from_record(int level, int name, void *context)
{
	const struct transfer *transfer = context;
	char value[UH_OPTION_MAX];
	size_t size;

	if (uh_record_get_option(transfer->identity, level, name, value, &size))
		uh_libc_setsockopt()(transfer->to, level, name, value, (socklen_t)size);
}

/*
 * Options of TCP and IP on a replacement socket were copied to it or belong to its own
 * connection, so they are not copied back. Only TCP options can have been set by the program
 * since.
 */
void uh_copy_options_back(int from, int to, const struct uh_record *record)
{
	struct transfer transfer = {.from = from, .to = to};
	int domain = uh_get_int_option(from, SOL_SOCKET, SO_DOMAIN, AF_UNIX);
	uint64_t identity;

	transfer.unused = uh_temporary_open(
	    domain, record->type, domain == AF_UNIX ? 0 : record->protocol, &identity);
	copy_changed(&transfer, &uh_socket_options);
	if (transfer.unused >= 0)
		uh_temporary_close(transfer.unused);
	transfer.identity = record->identity;
	uh_record_each_option(record->identity, set_from_record, &transfer);
	transfer.level = IPPROTO_TCP;
	uh_fd_each_option(from, IPPROTO_TCP, copy_or_remember, &transfer);
}
