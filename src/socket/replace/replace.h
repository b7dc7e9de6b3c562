/* SPDX-License-Identifier: MIT */
/* replace.h: puts another socket under the program's descriptor. */
#ifndef UH_REPLACE_H
#define UH_REPLACE_H

#include "socket/state/socket_info.h"
#include "socket/state/records.h"

/*
 * Prepares fresh to replace the program's socket: stores *record for it (record->identity is
 * that of fresh), and copies the program's socket options to it or, if it doesn't have them, to
 * the record. fresh is a new non-blocking, close-on-exec socket above 2. Returns false if there
 * is no room for the record (ENOMEM). errno is not kept. Async-signal-safe.
 */
bool uh_prepare_replacement(const struct uh_socket *socket, int fresh,
			    struct uh_record *record);

/*
 * Copies the file status flags, O_ASYNC's owner and the effect of shutdown(2) from the
 * program's socket to fresh. Returns the program's flags (F_GETFL), or -1 if that fails. errno
 * is not kept. Async-signal-safe.
 */
int uh_copy_flags(const struct uh_socket *socket, int fresh);

/*
 * Puts fresh, a temporary descriptor (temporary_fds.h), under fd, which has the socket with
 * that identity, and under all copies of fd in this process. Each keeps its FD_CLOEXEC and its
 * epoll registrations; fd gets O_ASYNC if it is in flags (as returned by uh_copy_flags).
 * Returns true and closes fresh, or false with errno, and fd is unchanged. errno is not kept on
 * success. Async-signal-safe.
 */
bool uh_replace(int fd, uint64_t identity, int fresh, int flags);

/*
 * To be called before uh_replace for a socket that uh_socket_read has described; flags as in
 * uh_replace. Searches for epoll sets that bypassed our epoll_create(2) and epoll_ctl(2), if
 * the socket may be in one: it was not made here and may have come with its set, or it is
 * non-blocking and may have been registered by a raw system call. A blocking socket waits in
 * connect(2) and is rarely registered before. As uh_replace.
 */
void uh_search_sets_of(const struct uh_socket *socket, int flags);

#endif
