/* SPDX-License-Identifier: MIT */
/*
 * reused_number.c: connects while reuses_number.c has the number change hands, and says what
 * connect() gave and what the number stands for then. usage: reused_number ADDRESS PORT HOW
 * FILE
 *
 * HOW: connect or copy, where it happens to the socket itself; or dup, to a copy of it; or
 * back, to a routed socket whose connection is dissolved.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void arrange(const char *name, int value)
{
	int *place = dlsym(RTLD_DEFAULT, name);

	if (place)
		*place = value;
}

static const char *kind_of(int fd)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return strerror(errno);
	return S_ISREG(status.st_mode) ? "a file" : S_ISSOCK(status.st_mode) ? "a socket" : "?";
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	const struct sockaddr nothing = {.sa_family = AF_UNSPEC};
	int fd = socket(AF_INET, SOCK_STREAM, 0), number = fd, file, result;
	const char *how;

	if (argc != 5)
		return 2;
	how = argv[3];
	inet_aton(argv[1], &to.sin_addr);
	to.sin_port = htons((uint16_t)atoi(argv[2]));
	if (strcmp(how, "dup") == 0)
		number = dup(fd);
	if (strcmp(how, "back") == 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		return 2;
	file = open(argv[4], O_RDWR | O_CREAT | O_TRUNC, 0600);
	arrange("reuse_number", number);
	arrange("reuse_by", file);
	arrange("reuse_at", strcmp(how, "connect") == 0 ? 1 : 2);
	if (strcmp(how, "back") == 0)
		result = connect(fd, &nothing, sizeof(nothing));
	else
		result = connect(fd, (struct sockaddr *)&to, sizeof(to));
	printf("%s, %s\n", result == 0 ? "connected" : strerror(errno), kind_of(number));
	if (write(number, "text\n", 5) < 0)
		perror("write");
	return 0;
}
