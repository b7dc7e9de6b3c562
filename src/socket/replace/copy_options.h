/* SPDX-License-Identifier: MIT */
/* copy_options.h: copies the settings that the program has made on one socket to another. */
#ifndef UH_COPY_OPTIONS_H
#define UH_COPY_OPTIONS_H

#include "socket/state/socket_info.h"
#include "socket/state/records.h"

/*
 * Copies the socket options of the program's socket to `to`, with their current values. Options
 * that `to` doesn't have are stored in the record with that identity.
 *
 * The options are those recorded for the descriptor (fd_hints.h). If the socket is not new,
 * another process or descriptor may have set others: then also all options that differ from
 * those of an unused socket, which is made and closed for the comparison. errno is not kept.
 * Async-signal-safe.
 */
void uh_copy_options(const struct uh_socket *socket, int to, uint64_t identity);

/*
 * The reverse: copies to `to`, a socket of the program's own kind, the options that were set on
 * the replacement socket `from` and those in its record. errno is not kept. Async-signal-safe.
 */
void uh_copy_options_back(int from, int to, const struct uh_record *record);

/*
 * Copies the owner and the signal of O_ASYNC (F_GETOWN_EX, F_GETSIG), if flags (F_GETFL)
 * contain O_ASYNC, a hint says that they were set, or another process or descriptor can have
 * set them. errno is not kept. Async-signal-safe.
 */
void uh_copy_async_owner(const struct uh_socket *socket, int to, int flags);

/*
 * Removes the recorded options of TCP and IP of fd, after they have been copied. errno is kept.
 * Async-signal-safe.
 */
void uh_fd_remove_protocol_options(int number);

#endif
