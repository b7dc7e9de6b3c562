/* SPDX-License-Identifier: MIT */
/* close.c: close(2), in a process that is traced the last moment to see how a connection ended
 * that the program has not asked about. No other process has anything done here. */
#include "observe/outcome.h"
#include "export.h"
#include "libc/libc.h"
#include "observe/trace_sender.h"

UH_EXPORT int close(int fd)
{
	if (uh_traces())
		uh_awaited_closing(fd);
	return uh_libc_close()(fd);
}
