/* SPDX-License-Identifier: MIT */
/*
 * sock_ioctl.c: what a routed socket answers to ioctl(2).
 *
 * A Unix socket knows none of the calls for addresses, routes and neighbours that any IP socket
 * takes (netdevice(7), arp(7)), and one of the other family takes others. They are not about
 * the socket, so a scratch one of the program's kind takes them.
 */
#include <errno.h>
#include <linux/sockios.h>

#include "process/descriptors.h"
#include "libc/libc.h"
#include "socket/state/records.h"
#include "socket/replace/replace.h"
#include "socket/routed_socket.h"

static int scratch_control(const struct uh_record *record, unsigned long request,
			   void *argument)
{
	int scratch = uh_new_socket(record->domain, record->type, record->protocol), result;

	if (scratch < 0) {
		errno = ENOBUFS;
		return -1;
	}
	result = uh_libc_ioctl()(scratch, request, argument);
	uh_close(scratch);
	return result;
}

/* True for calls that are about the host: routes, interfaces, neighbours (linux/sockios.h). */
static bool is_about_host(unsigned long request)
{
	return request >= SIOCADDRT && request <= SIOCPROTOPRIVATE + 0x1f &&
	       request != SIOCOUTQNSD;
}

static bool is_replaced(int fd, struct uh_record *record)
{
	return uh_record_find(fd, record) && record->kind == UH_REPLACED;
}

int uh_control(int fd, unsigned long request, void *argument)
{
	int saved = errno, result;
	struct uh_record record;

	if (!is_about_host(request) || !is_replaced(fd, &record)) {
		result = uh_libc_ioctl()(fd, request, argument);
		if (result >= 0 || errno != ENOTTY || !is_replaced(fd, &record))
			return result;
	}
	result = scratch_control(&record, request, argument);
	if (result >= 0)
		errno = saved;
	return result;
}
