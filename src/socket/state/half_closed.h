/* SPDX-License-Identifier: MIT */
/* half_closed.h: copies the effect of shutdown(2) to a replacement socket. */
#ifndef UH_HALF_CLOSED_H
#define UH_HALF_CLOSED_H

#include "socket_info.h"
#include "records.h"

/*
 * Shuts down `to`, which already has a record, in the directions in which the program has shut
 * down its own socket before connect(2). errno is not kept. Async-signal-safe.
 */
void uh_copy_shutdown(const struct uh_socket *socket, int to);

/*
 * True if the program called shutdown(SHUT_RD) on the replacement socket with that record. Its
 * SO_RCVTIMEO is then set by us, and the record has the program's value. Async-signal-safe.
 */
bool uh_record_reading_ended(uint64_t identity);

/*
 * Stores fd's SO_RCVTIMEO in the record, in both of its layouts. errno is not kept.
 * Async-signal-safe.
 */
void uh_record_receive_limit(uint64_t identity, int fd);

#endif
