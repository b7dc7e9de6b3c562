/* SPDX-License-Identifier: MIT */
/* process_connections.h: the connections of a running process, as those of a trace. */
#ifndef UH_PROCESS_CONNECTIONS_H
#define UH_PROCESS_CONNECTIONS_H

#include <sys/types.h>

#include "command/trace/connections/connection.h"

/*
 * Appends the connections to the trace that the process has at this moment: its connected TCP
 * and UDP sockets, but not those that it accepted, whose local port somebody listens at. Their
 * names and times are not known. Returns false on failure (reported): the process is not there,
 * this user may not look, it is in another network name space, or memory ran out.
 */
bool uh_process_connections(struct uh_trace *trace, pid_t process);

#endif
