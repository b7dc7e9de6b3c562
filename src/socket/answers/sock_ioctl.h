/* SPDX-License-Identifier: MIT */
/* sock_ioctl.h: ioctl(2) on a routed socket. */
#ifndef UH_SOCK_IOCTL_H
#define UH_SOCK_IOCTL_H

/*
 * ioctl(2) that accepts on a replaced socket the requests that the program's own socket would
 * accept. Returns and sets errno as ioctl(2); errno is kept on success. Async-signal-safe.
 */
int uh_ioctl(int fd, unsigned long request, void *argument);

#endif
