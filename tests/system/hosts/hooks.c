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

int stat(const char *restrict path, struct stat *restrict status)
{
	tell();
	return NEXT(stat, path, status);
}

int fstat(int fd, struct stat *status)
{
	tell();
	return NEXT(fstat, fd, status);
}

ssize_t readlink(const char *restrict path, char *restrict text, size_t size)
{
	tell();
	return NEXT(readlink, path, text, size);
}

int open(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = va_arg(arguments, mode_t);
	va_end(arguments);
	tell();
	return NEXT(open, path, flags, mode);
}
