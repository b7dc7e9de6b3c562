/* SPDX-License-Identifier: MIT */
/*
 * hooks.c: another preloaded object, whose file functions tell a server of each call, as
 * fakeroot-tcp's do: they connect wherever they are called from.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void tell(void)
{
	static _Thread_local int telling;
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(80)};
	int fd;

	if (telling)
		return;
	telling = 1;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	inet_aton("203.0.113.1", &to.sin_addr);
	connect(fd, (struct sockaddr *)&to, sizeof(to));
	close(fd);
	telling = 0;
}

#define NEXT(name, ...) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))(__VA_ARGS__)

int access(const char *path, int mode)
{
	tell();
	return NEXT(access, path, mode);
}

#define STATUS_OF(name, kind)                                                                  \
	int name(const char *restrict path, struct kind *restrict status)                      \
	{                                                                                      \
		tell();                                                                        \
		return NEXT(name, path, status);                                               \
	}

/* Programs that are built with _FILE_OFFSET_BITS=64 call the second ones. */
STATUS_OF(stat, stat)
STATUS_OF(stat64, stat64)

#define STATUS_OF_DESCRIPTOR(name, kind)                                                       \
	int name(int fd, struct kind *status)                                                  \
	{                                                                                      \
		tell();                                                                        \
		return NEXT(name, fd, status);                                                 \
	}

STATUS_OF_DESCRIPTOR(fstat, stat)
STATUS_OF_DESCRIPTOR(fstat64, stat64)

ssize_t readlink(const char *restrict path, char *restrict text, size_t size)
{
	tell();
	return NEXT(readlink, path, text, size);
}

#define OPEN(name)                                                                             \
	int name(const char *path, int flags, ...)                                             \
	{                                                                                      \
		va_list arguments;                                                             \
		mode_t mode;                                                                   \
                                                                                               \
		va_start(arguments, flags);                                                    \
		mode = va_arg(arguments, mode_t);                                              \
		va_end(arguments);                                                             \
		tell();                                                                        \
		return NEXT(name, path, flags, mode);                                          \
	}

OPEN(open)
OPEN(open64)
