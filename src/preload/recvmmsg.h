/* SPDX-License-Identifier: MIT */
/* recvmmsg.h: descriptors that come from other processes. */
#ifndef UH_RECVMMSG_H
#define UH_RECVMMSG_H

#include <sys/socket.h>

/*
 * Notes of each descriptor that a message brought (SCM_RIGHTS, unix(7)) that it was not made
 * here. The message is as recvmsg(2) has filled it in. Async-signal-safe; errno is kept.
 */
void uh_fd_received(const struct msghdr *message);

#endif
