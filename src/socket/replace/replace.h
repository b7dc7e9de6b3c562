/* SPDX-License-Identifier: MIT */
/* replace.h: puts another socket under the descriptor that the program holds. */
#ifndef UH_REPLACE_H
#define UH_REPLACE_H

#include "socket/state/socket_info.h"
#include "socket/state/records.h"

/*
 * Prepares fresh, a socket above 2, close-on-exec and non-blocking, to stand in for the
 * program's: keeps *record for it (record->identity is fresh's) and gives it the options that
 * were set on the program's, or remembers them where it has none of the kind. Returns false
 * when there is no room for the record. errno is not kept. Async-signal-safe.
 */
bool uh_prepare(const struct uh_socket *socket, int fresh, struct uh_record *record);

/*
 * Gives fresh the file status flags of the program's socket, O_ASYNC's owner, and what
 * shutdown(2) did. Returns those flags (F_GETFL), or -1 when that can't be done. As above.
 */
int uh_give_flags(const struct uh_socket *socket, int fresh);

/*
 * Puts fresh, a temporary (temporary_fds.h), under fd, which has the socket of that identity,
 * and under every copy of it in this process. There it takes over FD_CLOEXEC, O_ASYNC of flags
 * (as uh_give_flags returned them) and the places in epoll sets. On success returns true and
 * fresh is closed; on failure false, and fd has not changed. As above.
 */
bool uh_replace(int fd, uint64_t identity, int fresh, int flags);

/*
 * The same for a socket that uh_socket_read has told of. The epoll sets are looked for first,
 * if it may be in one that our epoll_create(2) and epoll_ctl(2) have not seen: it was not made
 * here and may have come with its set, or it is non-blocking and may have been registered by a
 * system call past us. A blocking one waits in connect(2), not in epoll_wait(2), for the first
 * time.
 */
bool uh_replace_described(const struct uh_socket *socket, int fresh, int flags);

/* A new close-on-exec, non-blocking socket above 2, or -1 with errno. Async-signal-safe. */
int uh_new_socket(int domain, int type, int protocol);

#endif
