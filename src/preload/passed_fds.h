/* SPDX-License-Identifier: MIT */
/* passed_fds.h: records descriptors that processes pass to each other (SCM_RIGHTS, unix(7)). */
#ifndef UH_PASSED_FDS_H
#define UH_PASSED_FDS_H

#include <sys/socket.h>

/*
 * Records that the descriptors in a message that was sent may have copies: they may return
 * under other numbers. libc has read the message, so it is readable. errno is kept.
 * Async-signal-safe.
 */
void uh_fds_passed(const struct msghdr *message);

/*
 * Records that each descriptor in a received message was not made here. message is as
 * recvmsg(2) has filled it in. errno is kept. Async-signal-safe.
 */
void uh_fds_received(const struct msghdr *message);

/* The same for one descriptor. */
void uh_fd_received(int fd);

#endif
