/* SPDX-License-Identifier: MIT */
/* servers.c: reads the configuration of a process, if it is a server that is known. */
#include "servers.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "command/trace/connections/connection.h"

/* True if the process is in our mount namespace. Its root directory says nothing: a server may
 * have called chroot(2) after it had read its configuration. */
static bool is_in_our_mounts(pid_t process)
{
	char path[64], ours[64], theirs[64];
	ssize_t length = readlink("/proc/self/ns/mnt", ours, sizeof(ours));

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)process);
	return length > 0 && readlink(path, theirs, sizeof(theirs)) == length &&
	       memcmp(ours, theirs, (size_t)length) == 0;
}

static double seconds(clockid_t clock)
{
	return (double)uh_clock_ns(clock) / 1e9;
}

/* The start of a process in seconds since 1970, or 0. Field 22 of proc_pid_stat(5) counts clock
 * ticks since boot. The search starts behind the last ")", because a program's name may hold
 * any bytes. */
static double start_of(pid_t process)
{
	char path[64], text[1024];
	unsigned long long ticks;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)process);
	FILE *file = fopen(path, "re");

	if (!file)
		return 0;
	size_t length = fread(text, 1, sizeof(text) - 1, file);

	fclose(file);
	text[length] = '\0';
	const char *end = strrchr(text, ')');

	if (!end || sscanf(end,
			   ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
			   "%*d %*d %*d %llu",
			   &ticks) != 1)
		return 0;
	return seconds(CLOCK_REALTIME) - seconds(CLOCK_BOOTTIME) +
	       (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static const char *next_argument(const char *argument)
{
	return argument + strlen(argument) + 1;
}

/* nginx overwrites its command line with one text: "nginx: master process nginx -c FILE". */
static void read_nginx(struct uh_services *services, const struct uh_owner *owner,
		       const char *prefix)
{
	static const char master[] = "nginx: master process ";
	char words[4096] = "", *rest = NULL, *word, *file = NULL;
	size_t length = 0;

	for (const char *at = owner->arguments; *at && length < sizeof(words);
	     at = next_argument(at))
		length += (size_t)snprintf(words + length, sizeof(words) - length, "%s ", at);
	word = words + (strncmp(words, master, sizeof(master) - 1) ? 0 : sizeof(master) - 1);
	for (word = strtok_r(word, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		if (strncmp(word, "-c", 2) == 0)
			file = word[2] ? word + 2 : strtok_r(NULL, " ", &rest);
	uh_services_nginx(services, prefix, file ? file : "/etc/nginx/nginx.conf");
}

static void read_haproxy(struct uh_services *services, const struct uh_owner *owner,
			 const char *prefix)
{
	for (const char *at = owner->arguments; *at; at = next_argument(at)) {
		if (strcmp(at, "-f") != 0)
			continue;
		at = next_argument(at);
		if (!*at)
			return;
		uh_services_haproxy(services, prefix, at);
	}
}

/* The servers whose configurations can be read, by the name of the executable or the script. */
enum known { NONE, NGINX, HAPROXY, GUNICORN };

static enum known which(const struct uh_owner *owner)
{
	static const char *const name[] = {"", "nginx", "haproxy", "gunicorn"};
	const char *argument = owner->arguments;

	if (!owner->program || !argument)
		return NONE;
	for (int i = NGINX; i <= HAPROXY; i++)
		if (strcmp(uh_program_name(owner->program), name[i]) == 0)
			return (enum known)i;
	/* A script is the first or second argument of its interpreter. */
	for (int i = 0; i < 3 && *argument; i++, argument = next_argument(argument))
		if (strcmp(uh_program_name(argument), name[GUNICORN]) == 0)
			return GUNICORN;
	return NONE;
}

bool uh_services_known(const struct uh_owner *owner)
{
	return which(owner) != NONE;
}

bool uh_services_read(struct uh_services *services, const struct uh_owner *owner)
{
	char prefix[64] = "";

	services->started = start_of(owner->process);
	services->unreadable |= services->started == 0;
	if (!is_in_our_mounts(owner->process))
		snprintf(prefix, sizeof(prefix), "/proc/%d/root", (int)owner->process);
	switch (which(owner)) {
	case NGINX:
		read_nginx(services, owner, prefix);
		break;
	case HAPROXY:
		read_haproxy(services, owner, prefix);
		break;
	case GUNICORN:
		uh_services_gunicorn(services, owner->arguments);
		break;
	case NONE:
		break;
	}
	return !services->no_memory;
}
