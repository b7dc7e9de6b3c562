/* SPDX-License-Identifier: MIT */
/*
 * kernel_client.c: connects by libc, by another libc, or by io_uring (-DWITH_URING), and says
 * what getpeername(2) says, also into buffers of other sizes. Prints the server's word.
 *
 * usage: kernel_client HOST PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef WITH_URING
#include <liburing.h>

static int connect_by(int fd, const struct sockaddr *to, socklen_t length)
{
	struct io_uring ring;
	struct io_uring_cqe *done;
	int error = io_uring_queue_init(4, &ring, 0);

	if (error < 0) {
		printf("no ring: %s\n", strerror(-error));
		return 0;
	}
	io_uring_prep_connect(io_uring_get_sqe(&ring), fd, to, length);
	io_uring_submit(&ring);
	error = io_uring_wait_cqe(&ring, &done);
	if (error == 0)
		error = done->res;
	io_uring_queue_exit(&ring);
	errno = -error;
	return error < 0 ? -1 : 0;
}
#else
static int connect_by(int fd, const struct sockaddr *to, socklen_t length)
{
	return connect(fd, to, length);
}
#endif

static void say_peer(int fd)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);
	char host[100], port[10];

	if (getpeername(fd, (struct sockaddr *)&peer, &length) < 0) {
		perror("getpeername");
		return;
	}
	getnameinfo((struct sockaddr *)&peer, length, host, sizeof(host), port, sizeof(port),
		    NI_NUMERICHOST | NI_NUMERICSERV);
	printf("peer %s:%s\n", host, port);
}

/* The kernel copies what fits, and says the whole length. */
static void say_short(int fd)
{
	static const socklen_t sizes[] = {0, 3, 8, 200};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		unsigned char buffer[200];
		socklen_t length = sizes[i];

		memset(buffer, 0xee, sizeof(buffer));
		getpeername(fd, (struct sockaddr *)buffer, &length);
		printf("%u of %u:", (unsigned)sizes[i], (unsigned)length);
		for (size_t j = 0; j < 30; j++)
			printf(" %02x", buffer[j]);
		putchar('\n');
	}
}

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
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *to;
	int fd;

	if (count != 3 || getaddrinfo(argument[1], argument[2], &hints, &to) != 0)
		return 2;
	fd = socket(to->ai_family, SOCK_STREAM, 0);
	if (connect_by(fd, to->ai_addr, to->ai_addrlen) < 0) {
		puts(strerror(errno));
		return 1;
	}
	say_peer(fd);
	say_short(fd);
	return say_who(fd);
}
