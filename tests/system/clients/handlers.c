/* SPDX-License-Identifier: MIT */
/*
 * handlers.c: connects to 203.0.113.1:7000 in a signal handler, two thousand times a second,
 * while it allocates memory and the symbolic link LINK is pointed at A and B in turn.
 *
 * usage: handlers LINK A B SECONDS [outside]; prints which words it got, each once. With
 * "outside" it connects outside of handlers too, first and after each change.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static atomic_uint ones, twos, others;

static void connect_now(int number)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7000)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), saved = errno;
	char word[4] = "";

	(void)number;
	address.sin_addr.s_addr = htonl(0xcb007101);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    read(fd, word, 3) != 3)
		word[0] = '\0';
	close(fd);
	ones += strcmp(word, "one") == 0;
	twos += strcmp(word, "two") == 0;
	others += strcmp(word, "one") && strcmp(word, "two");
	errno = saved;
}

static void point(const char *link, const char *at)
{
	char next[512];

	snprintf(next, sizeof(next), "%s.next", link);
	unlink(next);
	if (symlink(at, next) || rename(next, link))
		_exit(2);
}

/* Of many sizes, so that the allocator has always something to do. */
static void allocate(void)
{
	static void *block[512];

	for (int i = 0; i < 512; i++) {
		free(block[i]);
		block[i] = malloc((size_t)(rand() % 3000 + 1));
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = connect_now, .sa_flags = SA_RESTART};
	struct itimerval often = {{0, 500}, {0, 500}};
	struct timespec begin, now;

	if (argc < 5)
		return 2;
	if (argc > 5)
		connect_now(0);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (unsigned i = 0;; i++) {
		point(argv[1], argv[2 + i % 2]);
		if (argc > 5)
			connect_now(0);
		for (int j = 0; j < 20; j++)
			allocate();
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec - begin.tv_sec >= atoi(argv[4]))
			break;
	}
	often = (struct itimerval){0};
	setitimer(ITIMER_REAL, &often, NULL);
	printf("%s %s %s\n", ones ? "one" : "-", twos ? "two" : "-", others ? "others" : "-");
	return 0;
}
