/* SPDX-License-Identifier: MIT */
/* getpeername.c: getpeername(2), getsockname(2), getsockopt(2), setsockopt(2). */
#include "observe/outcome.h"
#include "export.h"
#include "socket/state/records.h"
#include "libc/libc.h"
#include "socket/answers/sockname.h"
#include "socket/answers/sockopt.h"
#include "observe/trace_channel.h"

UH_EXPORT int getpeername(int fd, struct sockaddr *address, socklen_t *length)
{
	int result;

	if (!uh_records_any())
		return uh_libc_getpeername()(fd, address, length);
	result = uh_getpeername(fd, address, length);
	if (uh_traces())
		uh_awaited_used(fd, result != 0);
	return result;
}

UH_EXPORT int getsockname(int fd, struct sockaddr *address, socklen_t *length)
{
	if (!uh_records_any())
		return uh_libc_getsockname()(fd, address, length);
	return uh_getsockname(fd, address, length);
}

UH_EXPORT int getsockopt(int fd, int level, int name, void *value, socklen_t *length)
{
	int result;

	if (!uh_records_any())
		return uh_libc_getsockopt()(fd, level, name, value, length);
	result = uh_getsockopt(fd, level, name, value, length);
	if (uh_traces() && level == SOL_SOCKET && name == SO_ERROR && result == 0)
		uh_awaited_told(fd, value, *length);
	return result;
}

UH_EXPORT int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
	return uh_setsockopt(fd, level, name, value, length);
}
