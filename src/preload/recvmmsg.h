/* SPDX-License-Identifier: MIT */
/* recvmmsg.h: records descriptors that come from other processes. */
#ifndef UH_RECVMMSG_H
#define UH_RECVMMSG_H

#include <sys/socket.h>

/*
 * Records that each descriptor in a received message (SCM_RIGHTS, unix(7)) was not made here.
 * message is as recvmsg(2) has filled it in. errno is kept. Async-signal-safe.
 */
void uh_fd_received(const struct msghdr *message);

#endif
