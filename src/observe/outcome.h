/* SPDX-License-Identifier: MIT */
/* outcome.h: the outcome of connections that go on after connect(2), for `unhairpin trace`. */
#ifndef UH_OUTCOME_H
#define UH_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * A connection goes on if its socket is non-blocking, a signal or SO_SNDTIMEO cut the call
 * short, or TCP Fast Open puts the handshake off. Its outcome is told when the program asks for
 * it: by SO_ERROR, by connect(2) again, by getpeername(2) or by sending. If the program does
 * not ask, the kernel is asked when the descriptor is closed or the program ends: TCP_INFO
 * leaves the error to the program. The command joins an outcome to its connection by the
 * socket's identity, so a child, another thread or a copy may learn it, and a number that is
 * used again can't be mistaken.
 *
 * All functions are for a process that is traced (trace_sender.h) and do nothing in one that
 * has confined itself. They keep errno and are async-signal-safe.
 */

/* Remembers that the connection under fd goes on. Of numbers that are 65536 apart the last one
 * is remembered. */
void uh_awaited_put(int fd);

/*
 * The error that a call which began a TCP connection of fd and returned with error (0 for
 * success) is told with: 0 if the connection has been made, UH_TRACE_UNKNOWN if it goes on,
 * UH_TRACE_FAILED if it went on and has failed by now.
 */
int32_t uh_awaited_result(int fd, int error);

/* The program asked how the connection of fd stands and was given error, 0 for success. */
void uh_awaited_asked(int fd, int error);

/* The same for a call that has another purpose too: looks only if a connection goes on. */
void uh_awaited_used(int fd, bool failed);

/* The same for getsockopt(2) that copied length bytes of SO_ERROR to value. */
void uh_awaited_told(int fd, const void *value, socklen_t length);

/* fd is about to be closed, or to become a copy of another number. */
void uh_awaited_closing(int fd);

/* The same for all numbers from first to last. */
void uh_awaited_closing_range(unsigned first, unsigned last);

/* connect(2) with AF_UNSPEC has dissolved what went on. */
void uh_awaited_given_up(int fd);

#endif
