/* SPDX-License-Identifier: MIT */
/* outcome.h: traces the outcome of connections that go on after connect(2). */
#ifndef UH_OUTCOME_H
#define UH_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * A connection goes on if its socket is non-blocking, a signal or SO_SNDTIMEO ended the call
 * early, or TCP Fast Open delays the handshake. The trace gets its outcome when the program
 * asks for it: with SO_ERROR, connect(2) again, getpeername(2) or by sending. If the program
 * does not ask, we ask the kernel when the descriptor is closed or the program ends, with
 * TCP_INFO, which leaves the socket's error to the program. The command joins outcome and
 * connection by the socket's identity: any thread, child or copy of the descriptor may report
 * it, and a descriptor number that is used again is not mistaken.
 *
 * All functions are for a traced process (traced_call.h), and do nothing in one that has
 * confined itself. They keep errno and are async-signal-safe.
 */

/* Remembers that the connection of fd goes on. Of descriptors that are 65536 apart, only the
 * last is remembered. */
void uh_awaited_put(int fd);

/*
 * The error to send for a call that began a TCP connection of fd and returned error (0 for
 * success): 0 if the connection is made, UH_TRACE_UNKNOWN if it goes on, UH_TRACE_FAILED if it
 * went on and has failed since, else error.
 */
int32_t uh_awaited_result(int fd, int error);

/* To be called when the program asked for the outcome of fd's connection and got error, or 0.
 */
void uh_awaited_asked(int fd, int error);

/* The same for a call with another purpose, such as sending: cheap if no connection goes on. */
void uh_awaited_used(int fd, bool failed);

/* The same for a getsockopt(2) that copied length bytes of SO_ERROR to value. */
void uh_awaited_told(int fd, const void *value, socklen_t length);

/* To be called before fd is closed or replaced by a copy of another descriptor. */
void uh_awaited_closing(int fd);

/* The same for all descriptors from first to last. */
void uh_awaited_closing_range(unsigned first, unsigned last);

/* To be called after connect(2) with AF_UNSPEC, which gives the connection up. */
void uh_awaited_given_up(int fd);

#endif
