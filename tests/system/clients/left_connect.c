/* SPDX-License-Identifier: MIT */
/*
 * left_connect.c: the classic time limit: an alarm's handler leaves connect() by siglongjmp(3).
 * usage: left_connect ADDRESS PORT TIMES COMMAND
 *
 * The number of TIMES connect() is left, with COMMAND run before each. Prints how many
 * descriptors are left behind, and whether the thread can be cancelled; then runs COMMAND last,
 * connects, and prints what the service says.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static sigjmp_buf before;

static void leave(int number)
{
	(void)number;
	siglongjmp(before, 1);
}

static int count_descriptors(void)
{
	DIR *list = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(list))
		count++;
	closedir(list);
	return count;
}

static void run(const char *command, const char *argument)
{
	char line[1024];

	snprintf(line, sizeof(line), "%s %s", command, argument);
	if (system(line) != 0)
		exit(3);
}

/* Returns true if connect() was left. */
static int connect_in_time(int fd, const struct sockaddr_in *to)
{
	const struct itimerval soon = {{0, 0}, {0, 20000}}, never = {{0, 0}, {0, 0}};

	if (sigsetjmp(before, 1))
		return 1;
	setitimer(ITIMER_REAL, &soon, NULL);
	connect(fd, (const struct sockaddr *)to, sizeof(*to));
	setitimer(ITIMER_REAL, &never, NULL);
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	struct sigaction action = {.sa_handler = leave};
	int times, state, fd, left = 0, open;
	char answer[64] = "";

	if (argc != 5)
		return 2;
	inet_aton(argv[1], &to.sin_addr);
	to.sin_port = htons((uint16_t)atoi(argv[2]));
	times = atoi(argv[3]);
	sigaction(SIGALRM, &action, NULL);
	open = count_descriptors();
	for (int i = 0; i < times; i++) {
		run(argv[4], "full");
		fd = socket(AF_INET, SOCK_STREAM, 0);
		left += connect_in_time(fd, &to);
		close(fd);
	}
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
	open = count_descriptors() - open;
	printf("left %d, %s, %s\n", left, open <= 8 ? "few descriptors" : "many descriptors",
	       state == PTHREAD_CANCEL_ENABLE ? "can be cancelled" : "can't be cancelled");
	run(argv[4], "one");
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		printf("%s\n", strerror(errno));
	else if (read(fd, answer, sizeof(answer) - 1) > 0)
		printf("%s", answer);
	return 0;
}
