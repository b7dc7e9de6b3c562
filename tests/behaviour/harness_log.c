/* SPDX-License-Identifier: MIT */
/* harness_log.c: each place that the object can log to, with somebody there who reads. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "harness.h"

static const char journal[] = "/run/systemd/journal/socket", syslog[] = "/dev/log";
static int reader = -1;

static void log_to(const char *place)
{
	char text[300];

	snprintf(text, sizeof(text), "debug:%s", place);
	setenv("UNHAIRPIN_LOG", text, 1);
}

void uh_log_to_file(void)
{
	log_to(uh_path("log"));
}

void uh_log_to_stderr(void)
{
	log_to("stderr");
}

/* /run and /dev without this machine's own journal. */
static void log_to_socket(const char *path)
{
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/run", "tmpfs", 0, NULL) < 0 ||
	    mount("none", "/dev", "tmpfs", 0, NULL) < 0 || mkdir("/run/systemd", 0755) < 0 ||
	    mkdir("/run/systemd/journal", 0755) < 0)
		uh_skip("no mount name space of its own");
	setenv("UH_LOG_SOCKET", path, 1);
	log_to("journal");
}

void uh_log_to_journal(void)
{
	log_to_socket(journal);
}

void uh_log_to_syslog(void)
{
	log_to_socket(syslog);
}

static int listen_at(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(name.sun_path, path);
	SAME(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	return fd;
}

/* A pipe and a socket hold a few lines: no test writes more. */
void uh_log_open(void)
{
	const char *place = getenv("UNHAIRPIN_LOG"), *path = getenv("UH_LOG_SOCKET");
	int ends[2];

	if (path) {
		reader = listen_at(path);
	} else if (place && strcmp(place, "debug:stderr") == 0) {
		SAME(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
		SAME(dup2(ends[1], 2), 2);
		reader = ends[0];
	} else if (place) {
		reader = open(uh_path("log"), O_RDONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	}
	CHECK(!place || reader >= 0);
}

void uh_log_was_written(const char *text)
{
	char line[16384] = "";
	size_t used = 0;
	ssize_t got;

	if (reader < 0)
		return;
	while (used < sizeof(line) - 1 &&
	       (got = read(reader, line + used, sizeof(line) - 1 - used)) > 0)
		used += (size_t)got;
	CHECK(strstr(line, text));
}
