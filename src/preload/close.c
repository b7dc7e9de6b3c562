/* SPDX-License-Identifier: MIT */
/*
 * close.c: close(2). In a traced process it is the last chance to see how a connection ended
 * that the program has not asked about; other processes go straight to libc.
 */
#include "observe/outcome.h"
#include "export.h"
#include "libc/libc.h"
#include "observe/trace_channel.h"

UH_EXPORT int close(int fd)
{
	if (uh_traces())
		uh_awaited_closing(fd);
	return uh_libc_close()(fd);
}
