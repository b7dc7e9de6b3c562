/* SPDX-License-Identifier: MIT */
/* recvmmsg.c: recvmmsg(2), to record which descriptors came from other processes. */
#include "export.h"
#include "libc/libc.h"
#include "passed_fds.h"

#ifdef __GLIBC__
typedef int batch_flags;
#else
typedef unsigned batch_flags;
#endif

UH_EXPORT int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, batch_flags flags,
		       struct timespec *timeout)
{
	int received = uh_libc_recvmmsg()(fd, messages, count, (int)flags, timeout);

	for (int i = 0; i < received; i++)
		uh_fds_received(&messages[i].msg_hdr);
	return received;
}
