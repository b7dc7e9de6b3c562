/* SPDX-License-Identifier: MIT */
/* options.c: options, ioctl(2), and what the kernel says of interfaces. */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "differ.h"

/* A negative SO_SNDTIMEO has connect(2) not wait for TCP: whether it does is a matter of luck.
 */
int64_t do_set(struct call *call)
{
	int value[4] = {(int)call->b->value, (int)call->b->value, 0, 0};
	int length = (int)call->c->value;

	if (call->a->value == SOL_SOCKET && call->a->more == SO_SNDTIMEO && value[0] < 0)
		value[0] = value[1] = 0;
	return setsockopt(call->fd, (int)call->a->value, (int)call->a->more, value,
			  (socklen_t)length);
}

/* Of the state of a connection what no two runs share is left out. */
static size_t comparable(const struct choice *option, size_t length)
{
	if (option->value == SOL_SOCKET && option->more == SO_PEERCRED)
		return 0;
	if (option->value == IPPROTO_TCP && option->more == TCP_INFO)
		return length < 1 ? 0 : 1;
	return length;
}

int64_t do_get(struct call *call)
{
	unsigned char value[256];
	socklen_t length = (socklen_t)call->b->value, given = length;
	int64_t result;
	int error;

	memset(value, 0xaa, sizeof(value));
	result = getsockopt(call->fd, (int)call->a->value, (int)call->a->more, value, &length);
	error = errno;
	if (call->a->value == IPPROTO_TCP && call->a->more == TCP_INFO &&
	    value[0] == TCP_FIN_WAIT2)
		value[0] = TCP_FIN_WAIT1; /* until the end has been acknowledged */
	put(call->out, &length, sizeof(length));
	if (given <= sizeof(value))
		put(call->out, value, comparable(call->a, given < 32 ? given : 32));
	errno = error;
	return result;
}

int64_t do_ioctl(struct call *call)
{
	unsigned long request = (unsigned long)call->a->value;
	unsigned char space[256] = {0};
	int value = (int)call->b->value, error;
	int64_t result;

	if (request == FIOSETOWN || request == SIOCSPGRP)
		value = value == 2 ? getpid() : value == 3 ? -getpgrp() : 0;
	memcpy(space, &value, sizeof(value));
	result = ioctl(call->fd, request, call->b->value == 4 ? NULL : space);
	error = errno;
	memcpy(&value, space, sizeof(value));
	if (request == FIOGETOWN || request == SIOCGPGRP)
		value = owner_name(value);
	if (request == FIOSETOWN || request == SIOCSPGRP)
		value = 0;
	if (result == 0)
		put(call->out, &value, sizeof(value));
	errno = error;
	return result;
}

int64_t do_ioctl_of_interface(struct call *call)
{
	struct ifreq request = {.ifr_name = "lo"};
	int64_t result;

	if (call->a->value == SIOCGIFNAME)
		request.ifr_ifindex = 1;
	result = ioctl(call->fd, (unsigned long)call->a->value, &request);
	if (result == 0)
		put(call->out, &request, sizeof(request));
	return result;
}
