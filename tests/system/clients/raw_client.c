/* SPDX-License-Identifier: MIT */
/*
 * raw_client.c: looks a name up by libc and connects by a system call, as Go's net package with
 * cgo does; with -DGO the note of Go's linker is in it. Prints what it is answered when it asks
 * for /who, or the error.
 *
 * usage: raw_client NAME PORT
 */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef GO
__asm__(".section .note.go.buildid,\"a\",@note\n"
	".long 4, 4, 4\n"
	".asciz \"Go\\0\"\n"
	".asciz \"abc\"\n"
	".text");
#endif

static int say_who(int fd)
{
	static const char request[] = "GET /who HTTP/1.0\r\n\r\n";
	char answer[4096];
	ssize_t got;

	if (write(fd, request, sizeof(request) - 1) < 0)
		return 1;
	while ((got = read(fd, answer, sizeof(answer))) > 0)
		fwrite(answer, 1, (size_t)got, stdout);
	return 0;
}

int main(int count, char **argument)
{
	const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list;
	int status;

	if (count != 3)
		return 2;
	status = getaddrinfo(argument[1], argument[2], &hints, &list);
	if (status != 0) {
		puts(gai_strerror(status));
		return 1;
	}
	for (struct addrinfo *at = list; at; at = at->ai_next) {
		int fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);

		if (syscall(SYS_connect, fd, at->ai_addr, at->ai_addrlen) == 0)
			return say_who(fd);
	}
	puts(strerror(errno));
	return 1;
}
