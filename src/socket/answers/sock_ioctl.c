/* SPDX-License-Identifier: MIT */
/*
 * sock_ioctl.c: ioctl(2) on a routed socket.
 *
 * Every IP socket accepts requests about addresses, routes and neighbours (netdevice(7),
 * arp(7)). A Unix socket doesn't, and a socket of the other IP family accepts others. These
 * requests are about the host and not the socket, so they are passed to a scratch socket of the
 * program's kind.
 */
#include "sock_ioctl.h"

#include <errno.h>
#include <linux/sockios.h>

#include "process/own_fd.h"
#include "libc/libc.h"
#include "socket/state/records.h"

static int scratch_ioctl(const struct uh_record *record, unsigned long request, void *argument)
{
	int scratch = uh_open_socket(record->domain, record->type, record->protocol), result;

	if (scratch < 0) {
		errno = ENOBUFS;
		return -1;
	}
	result = uh_libc_ioctl()(scratch, request, argument);
	uh_close(scratch);
	return result;
}

/* True for requests about the host: routes, interfaces, neighbours (linux/sockios.h). */
static bool is_about_host(unsigned long request)
{
	return request >= SIOCADDRT && request <= SIOCPROTOPRIVATE + 0x1f &&
	       request != SIOCOUTQNSD;
}

static bool is_replaced(int fd, struct uh_record *record)
{
	return uh_record_find(fd, record) && record->kind == UH_REPLACED;
}

int uh_ioctl(int fd, unsigned long request, void *argument)
{
	int saved = errno, result;
	struct uh_record record;

	if (!is_about_host(request) || !is_replaced(fd, &record)) {
		result = uh_libc_ioctl()(fd, request, argument);
		if (result >= 0 || errno != ENOTTY || !is_replaced(fd, &record))
			return result;
	}
	result = scratch_ioctl(&record, request, argument);
	if (result >= 0)
		errno = saved;
	return result;
}
