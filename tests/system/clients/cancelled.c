/* SPDX-License-Identifier: MIT */
/*
 * cancelled.c: cancels a thread in connect() to 203.0.113.1:7001, which waits for ever there,
 * and touches the configuration: COUNT times. Prints what a connection to 203.0.113.1:7000 gets
 * once the configuration is another.
 *
 * usage: cancelled CONF COUNT TEXT LAST-TEXT
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int connect_to(unsigned short port, char word[16])
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	ssize_t got = -1;

	inet_pton(AF_INET, "203.0.113.1", &address.sin_addr);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		got = read(fd, word, 15);
	word[got > 0 ? got : 0] = '\0';
	close(fd);
	return got < 0 ? -1 : 0;
}

static void *wait_in_connect(void *unused)
{
	char word[16];

	connect_to(7001, word);
	return unused;
}

static void write_conf(const char *path, const char *text, int number)
{
	FILE *file = fopen(path, "w");

	if (!file)
		exit(2);
	fprintf(file, "%s\n# %*d\n", text, number, number); /* each of another size */
	fclose(file);
}

int main(int argc, char **argv)
{
	char word[16];

	if (argc != 5)
		return 2;
	write_conf(argv[1], argv[3], 1);
	for (int i = 1; i <= atoi(argv[2]); i++) {
		pthread_t thread;
		void *result;

		pthread_create(&thread, NULL, wait_in_connect, NULL);
		usleep(2000);
		pthread_cancel(thread);
		pthread_join(thread, &result);
		if (result != PTHREAD_CANCELED) {
			puts("not cancelled");
			return 1;
		}
		write_conf(argv[1], argv[3], i + 1);
	}
	write_conf(argv[1], argv[4], 1);
	connect_to(7000, word);
	puts(word);
	return 0;
}
