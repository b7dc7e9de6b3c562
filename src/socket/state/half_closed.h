/* SPDX-License-Identifier: MIT */
/* half_closed.h: copies the effect of shutdown(2) to a replacement socket. */
#ifndef UH_HALF_CLOSED_H
#define UH_HALF_CLOSED_H

#include <sys/socket.h>

#include "socket_info.h"
#include "records.h"

/* SO_RCVTIMEO in its two layouts (asm-generic/socket.h). */
enum { UH_RCVTIMEO_OLD = 20, UH_RCVTIMEO_NEW = 66 };

static inline bool uh_is_receive_timeout(int level, int name)
{
	return level == SOL_SOCKET && (name == UH_RCVTIMEO_OLD || name == UH_RCVTIMEO_NEW);
}

/*
 * Remembers that shutdown(2) was called on the program's socket before connect(2). Only the
 * latest such sockets are remembered. errno is kept. Async-signal-safe.
 */
void uh_remember_early_shutdown(uint64_t identity, int how);

/*
 * Shuts down `to`, which already has a record, in the directions in which the program has shut
 * down its own socket before connect(2). errno is not kept. Async-signal-safe.
 */
void uh_copy_shutdown(const struct uh_socket *socket, int to);

/*
 * Ends reading on the replacement socket fd, which has the record with that identity: sets its
 * SO_RCVTIMEO to the least value, and stores the program's in the record. errno is not kept.
 * Async-signal-safe.
 */
void uh_end_reading(int fd, uint64_t identity);

/*
 * True if the program called shutdown(SHUT_RD) on the replacement socket with that record. Its
 * SO_RCVTIMEO is then set by us, and the record has the program's value. Async-signal-safe.
 */
bool uh_record_reading_ended(uint64_t identity);

/*
 * Stores fd's SO_RCVTIMEO in the record, in both of its layouts. errno is not kept.
 * Async-signal-safe.
 */
void uh_record_set_receive_timeout(uint64_t identity, int fd);

#endif
