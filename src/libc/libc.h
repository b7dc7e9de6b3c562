/* SPDX-License-Identifier: MIT */
/* libc.h: the next definition of each function that we interpose. */
#ifndef UH_LIBC_H
#define UH_LIBC_H

#include <netdb.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * uh_libc_NAME() returns the definition of NAME that follows ours in the loader's search order:
 * another preload object's, or libc's own. If there is none, it returns a function that fails
 * with ENOSYS. The first call binds the function, as async-signal-safe as uh_next_definition
 * (next.h) is; later calls cost a load and are async-signal-safe.
 */
#define UH_LIBC_FUNCTIONS(F)                                                                   \
	F(socket, int, (int, int, int))                                                        \
	F(close, int, (int))                                                                   \
	F(bind, int, (int, const struct sockaddr *, socklen_t))                                \
	F(listen, int, (int, int))                                                             \
	F(connect, int, (int, const struct sockaddr *, socklen_t))                             \
	F(getpeername, int, (int, struct sockaddr *, socklen_t *))                             \
	F(getsockname, int, (int, struct sockaddr *, socklen_t *))                             \
	F(getsockopt, int, (int, int, int, void *, socklen_t *))                               \
	F(setsockopt, int, (int, int, int, const void *, socklen_t))                           \
	F(sendto, ssize_t,                                                                     \
	  (int, const void *, size_t, int, const struct sockaddr *, socklen_t))                \
	F(sendmsg, ssize_t, (int, const struct msghdr *, int))                                 \
	F(sendmmsg, int, (int, struct mmsghdr *, unsigned, int))                               \
	F(recvfrom, ssize_t, (int, void *, size_t, int, struct sockaddr *, socklen_t *))       \
	F(__recvfrom_chk, ssize_t,                                                             \
	  (int, void *, size_t, size_t, int, struct sockaddr *, socklen_t *))                  \
	F(recvmsg, ssize_t, (int, struct msghdr *, int))                                       \
	F(recvmmsg, int, (int, struct mmsghdr *, unsigned, int, struct timespec *))            \
	F(pidfd_getfd, int, (int, int, unsigned))                                              \
	F(send, ssize_t, (int, const void *, size_t, int))                                     \
	F(shutdown, int, (int, int))                                                           \
	F(ioctl, int, (int, unsigned long, ...))                                               \
	F(dup, int, (int))                                                                     \
	F(dup2, int, (int, int))                                                               \
	F(dup3, int, (int, int, int))                                                          \
	F(fcntl, int, (int, int, ...))                                                         \
	F(fcntl64, int, (int, int, ...))                                                       \
	F(epoll_create, int, (int))                                                            \
	F(epoll_create1, int, (int))                                                           \
	F(epoll_ctl, int, (int, int, int, struct epoll_event *))                               \
	F(chroot, int, (const char *))                                                         \
	F(setuid, int, (uid_t))                                                                \
	F(seteuid, int, (uid_t))                                                               \
	F(setreuid, int, (uid_t, uid_t))                                                       \
	F(setresuid, int, (uid_t, uid_t, uid_t))                                               \
	F(unshare, int, (int))                                                                 \
	F(close_range, int, (unsigned, unsigned, int))                                         \
	F(setns, int, (int, int))                                                              \
	F(prctl, int, (int, ...))                                                              \
	F(dlopen, void *, (const char *, int))                                                 \
	F(getaddrinfo, int,                                                                    \
	  (const char *, const char *, const struct addrinfo *, struct addrinfo **))           \
	F(getnameinfo, int,                                                                    \
	  (const struct sockaddr *, socklen_t, char *, socklen_t, char *, socklen_t, int))     \
	F(gethostbyaddr, struct hostent *, (const void *, socklen_t, int))                     \
	F(gethostbyaddr_r, int,                                                                \
	  (const void *, socklen_t, int, struct hostent *, char *, size_t, struct hostent **,  \
	   int *))                                                                             \
	F(gethostbyname, struct hostent *, (const char *))                                     \
	F(gethostbyname2, struct hostent *, (const char *, int))                               \
	F(gethostbyname_r, int,                                                                \
	  (const char *, struct hostent *, char *, size_t, struct hostent **, int *))          \
	F(gethostbyname2_r, int,                                                               \
	  (const char *, int, struct hostent *, char *, size_t, struct hostent **, int *))

#define UH_LIBC_DECLARE(name, result, parameters)                                              \
	typedef result uh_libc_type_##name parameters;                                         \
	uh_libc_type_##name *uh_libc_##name(void);
UH_LIBC_FUNCTIONS(UH_LIBC_DECLARE)

#endif
