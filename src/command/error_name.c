/* SPDX-License-Identifier: MIT */
/* error_name.c: errno values as their names, for output that programs read. */
#include <errno.h>
#include <stddef.h>

#include "command.h"

/* What connect(2) and the calls before it can say; not all C libraries know names. */
#define NAME(error)                                                                            \
	{                                                                                      \
		error, #error                                                                  \
	}
static const struct {
	int error;
	const char *name;
} names[] = {
    NAME(EACCES),	NAME(EADDRINUSE),  NAME(EADDRNOTAVAIL), NAME(EAFNOSUPPORT),
    NAME(EAGAIN),	NAME(EALREADY),	   NAME(EBADF),		NAME(ECONNABORTED),
    NAME(ECONNREFUSED), NAME(ECONNRESET),  NAME(EFAULT),	NAME(EHOSTDOWN),
    NAME(EHOSTUNREACH), NAME(EINPROGRESS), NAME(EINTR),		NAME(EINVAL),
    NAME(EISCONN),	NAME(ELOOP),	   NAME(EMFILE),	NAME(ENAMETOOLONG),
    NAME(ENETDOWN),	NAME(ENETUNREACH), NAME(ENFILE),	NAME(ENOBUFS),
    NAME(ENOENT),	NAME(ENOMEM),	   NAME(ENOTCONN),	NAME(ENOTDIR),
    NAME(ENOTSOCK),	NAME(EPERM),	   NAME(EPROTOTYPE),	NAME(ETIMEDOUT),
};

const char *uh_error_name(int error)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].error == error)
			return names[i].name;
	return "EOTHER";
}
