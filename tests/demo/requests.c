/* SPDX-License-Identifier: MIT */
/* requests.c: an ordinary HTTP client; fetches a page many times, with a connection for each.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char request[] = "GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n";

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* True when text holds a header and as many bytes after it as its Content-Length says. */
static bool is_complete(const char *text)
{
	const char *length = strcasestr(text, "\r\nContent-Length:");
	const char *body = strstr(text, "\r\n\r\n");

	if (!length || !body)
		return false;
	return strlen(body + 4) >= strtoul(length + 17, NULL, 10);
}

static bool read_reply(int fd)
{
	char reply[4096] = "";
	size_t used = 0;

	while (!is_complete(reply)) {
		ssize_t n = recv(fd, reply + used, sizeof(reply) - 1 - used, 0);

		if (n == 0)
			errno = EPIPE;
		if (n <= 0)
			return false;
		used += (size_t)n;
		reply[used] = '\0';
	}
	return true;
}

/*
 * The client closes first, as one that got a complete reply does: so the port stays in its own
 * TIME_WAIT for a minute, and that is what runs out.
 */
static bool fetch(const struct sockaddr_in *server)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool ok;
	int error;

	if (fd < 0)
		return false;
	ok = connect(fd, (const struct sockaddr *)server, sizeof(*server)) == 0 &&
	     send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) > 0 && read_reply(fd);
	error = errno;
	close(fd);
	errno = error;
	return ok;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Prints "MEDIAN-MICROSECONDS CONNECTIONS-MADE REASON-OF-THE-FIRST-FAILURE". */
static void report(double *took, size_t made, int error)
{
	qsort(took, made, sizeof(*took), ascending);
	printf("%.1f %zu %s\n", took[made / 2], made, error ? strerror(error) : "-");
}

int main(int argc, char **argv)
{
	struct sockaddr_in server = {.sin_family = AF_INET};
	size_t count = argc == 4 ? strtoul(argv[3], NULL, 10) : 0, made;
	double *took = calloc(count + 1, sizeof(*took));

	if (!count || !took || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
		fputs("usage: requests ADDRESS PORT COUNT\n", stderr);
		return 2;
	}
	server.sin_port = htons((unsigned short)atoi(argv[2]));
	errno = 0;
	for (made = 0; made < count; made++) {
		double start = now_us();

		if (!fetch(&server))
			break;
		took[made] = now_us() - start;
	}
	report(took, made, made < count ? errno : 0);
	free(took);
	return 0;
}
