/* SPDX-License-Identifier: MIT */
/*
 * soak.c: starts the world, restarts servers and rewrites routes until the client has ended.
 *
 * usage: soak OBJECT THREADS CONNECTIONS [SECONDS]
 *
 * With SECONDS it ends after so long, however many connections there were.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "soak.h"

enum { STEP_MS = 100, ALIVE = 7 }; /* of eight steps a mortal server lives through seven */

static const enum soak_name names[] = {SOAK_ABSTRACT, SOAK_PATH_B, SOAK_V6, SOAK_DATAGRAM,
				       SOAK_PUBLIC,   SOAK_PATH_A, SOAK_V4};
enum { SERVERS = sizeof(names) / sizeof(*names), MORTAL = 5 };

static pid_t server[SERVERS], client;
static const char *directory;

static void end_all(void)
{
	if (client > 0)
		soak_stop(client);
	for (int i = 0; i < SERVERS; i++)
		soak_stop(server[i]);
	soak_world_end();
}

static void interrupted(int number)
{
	end_all();
	_exit(128 + number);
}

static void become_client(char **argument)
{
	char conf[64];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(conf, sizeof(conf), "%s/unhairpin.conf", directory);
	setenv("LD_PRELOAD", argument[1], 1);
	setenv("UNHAIRPIN_CONF", conf, 1);
	unsetenv("UNHAIRPIN");
	unsetenv("UNHAIRPIN_ROUTES");
	unsetenv("UNHAIRPIN_LOG");
	execl("/proc/self/exe", argument[0], "--client", argument[2], argument[3],
	      argument[4] ? argument[4] : "0", (char *)NULL);
	perror("soak");
	_exit(1);
}

/* The two mortal servers die by turns, and new ones take their places. */
static unsigned disturb(unsigned turn)
{
	const struct timespec step = {0, STEP_MS * 1000000L};
	unsigned restarts = 0;

	nanosleep(&step, NULL);
	if (turn % 2 == 0)
		soak_write_routes(turn / 2);
	for (int i = MORTAL; i < SERVERS; i++) {
		unsigned phase = (turn + (unsigned)(i - MORTAL) * 4) % (ALIVE + 1);

		if (phase == ALIVE) {
			soak_stop(server[i]);
			server[i] = 0;
		} else if (server[i] == 0) {
			server[i] = soak_start(names[i], directory);
			restarts++;
		}
	}
	return restarts;
}

static int supervise(void)
{
	unsigned turn = 0, restarts = 0;
	int status;

	while (waitpid(client, &status, WNOHANG) == 0)
		restarts += disturb(++turn);
	client = 0;
	printf("%u servers restarted, routes rewritten %u times\n", restarts, turn / 2);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int count, char **argument)
{
	int status;

	if (count == 5 && strcmp(argument[1], "--client") == 0)
		return soak_client((unsigned)strtoul(argument[2], NULL, 10),
				   strtoul(argument[3], NULL, 10),
				   (unsigned)strtoul(argument[4], NULL, 10));
	if (count < 4 || access(argument[1], R_OK) != 0) {
		fputs("usage: soak OBJECT THREADS CONNECTIONS [SECONDS]\n", stderr);
		return 2;
	}
	signal(SIGINT, interrupted);
	signal(SIGTERM, interrupted);
	directory = soak_world_make();
	if (!directory) {
		printf("SKIP soak: no network name space: %s\n", strerror(errno));
		return 0;
	}
	soak_write_routes(0);
	for (int i = 0; i < SERVERS; i++)
		server[i] = soak_start(names[i], directory);
	fflush(stdout);
	client = fork();
	if (client == 0)
		become_client(argument);
	status = supervise();
	end_all();
	printf(status ? "FAIL soak: exit status %d\n" : "ok soak\n", status);
	return status != 0;
}
