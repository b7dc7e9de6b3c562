/* SPDX-License-Identifier: MIT */
/* restore_socket.h: undoes the replacement of a socket. */
#ifndef UH_RESTORE_SOCKET_H
#define UH_RESTORE_SOCKET_H

#include "socket/state/records.h"

/*
 * Puts under fd, which is replaced, an unconnected socket of the kind that the program made,
 * with the options that it set and the address that it bound, and removes the record. Returns 0
 * or an error number. errno is not kept. Async-signal-safe.
 */
int uh_restore_socket(int fd, const struct uh_record *record);

/*
 * The same if fd is replaced and connect(2) may be called on it again: a datagram socket, or a
 * stream whose attempt has failed. It must be of the family that the program made it with, to
 * reach another destination. errno is kept. Async-signal-safe.
 */
void uh_restore_if_idle(int fd);

#endif
