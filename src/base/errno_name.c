/* SPDX-License-Identifier: MIT */
/* errno_name.c: the names of error numbers. */
#include "errno_name.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define NAME(error)                                                                            \
	{                                                                                      \
		error, #error                                                                  \
	}

static const struct {
	int error;
	const char *name;
} names[] = {
    {0, "ok"},		 NAME(EPERM),	     NAME(ENOENT),	 NAME(EINTR),
    NAME(EIO),		 NAME(ENXIO),	     NAME(EBADF),	 NAME(EAGAIN),
    NAME(ENOMEM),	 NAME(EACCES),	     NAME(EFAULT),	 NAME(EBUSY),
    NAME(ENODEV),	 NAME(ENOTDIR),	     NAME(EINVAL),	 NAME(ENFILE),
    NAME(EMFILE),	 NAME(EPIPE),	     NAME(ELOOP),	 NAME(ENAMETOOLONG),
    NAME(ENOSYS),	 NAME(EPROTO),	     NAME(ENOTSOCK),	 NAME(EDESTADDRREQ),
    NAME(EMSGSIZE),	 NAME(EPROTOTYPE),   NAME(ENOPROTOOPT),	 NAME(EPROTONOSUPPORT),
    NAME(EOPNOTSUPP),	 NAME(EPFNOSUPPORT), NAME(EAFNOSUPPORT), NAME(EADDRINUSE),
    NAME(EADDRNOTAVAIL), NAME(ENETDOWN),     NAME(ENETUNREACH),	 NAME(ENETRESET),
    NAME(ECONNABORTED),	 NAME(ECONNRESET),   NAME(ENOBUFS),	 NAME(EISCONN),
    NAME(ENOTCONN),	 NAME(ETIMEDOUT),    NAME(ECONNREFUSED), NAME(EHOSTDOWN),
    NAME(EHOSTUNREACH),	 NAME(EALREADY),     NAME(EINPROGRESS),	 NAME(ESTALE),
    NAME(EDQUOT),	 NAME(ECANCELED),    NAME(EKEYREJECTED), NAME(E2BIG),
    NAME(ENOEXEC),	 NAME(ETXTBSY),	     NAME(ELIBBAD),
};

const char *uh_error_name(int error)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].error == error)
			return names[i].name;
	return "EOTHER";
}

int uh_error_number(const char *name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].error;
	return -1;
}
