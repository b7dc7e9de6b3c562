/* SPDX-License-Identifier: MIT */
/*
 * ioctl.c: ioctl(2), to record a new owner of a socket, and for requests that only an IP socket
 * answers.
 */
#include <asm/sockios.h>
#include <stdarg.h>
#include <sys/ioctl.h>

#include "export.h"
#include "libc/libc.h"
#include "socket/state/fd_hints.h"
#include "socket/state/records.h"
#include "socket/answers/sock_ioctl.h"

#ifdef __GLIBC__
typedef unsigned long ioctl_request;
#else
typedef int ioctl_request;
#endif

/* The argument, if there is one, is an int or a pointer; a pointer holds both. */
UH_EXPORT int ioctl(int fd, ioctl_request request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (request == FIOSETOWN || request == SIOCSPGRP)
		uh_fd_add_hint(fd, UH_HINT_OWNER);
	if (uh_records_any())
		return uh_ioctl(fd, (unsigned long)request, argument);
	return uh_libc_ioctl()(fd, (unsigned long)request, argument);
}
