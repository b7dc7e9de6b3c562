/* SPDX-License-Identifier: MIT */
/* servers.c: collects the services of a server, and compares two of its listeners. */
#include "servers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "command/cli/diag.h"
#include "command/trace/connections/connection.h"
#include "build/route_text.h"
#include "base/array.h"

struct uh_service *uh_service_add(struct uh_services *services, const char *file, unsigned line)
{
	struct uh_service *grown =
	    uh_array_grow(services->service, services->count, sizeof(*grown));

	if (!grown) {
		uh_error("%s", strerror(errno));
		services->no_memory = true;
		return NULL;
	}
	services->service = grown;
	grown = &grown[services->count++];
	*grown = (struct uh_service){.file = file ? strdup(file) : NULL, .line = line};
	return grown;
}

/* "*", "[::]" and an absent address become 0.0.0.0, which means any address. A port may stand
 * alone. */
static bool read_address(const char *text, struct uh_target *target)
{
	const char *host = text[0] == '*' ? text + 1 : text;
	char rest[128], why[UH_WHY];

	if (strlen(host) > 64)
		return false;
	if (host[strspn(host, "0123456789")] == '\0')
		snprintf(rest, sizeof(rest), "127.0.0.1:%s", *host ? host : "80");
	else if (host[0] == ':' && host[1 + strspn(host + 1, "0123456789")] == '\0')
		snprintf(rest, sizeof(rest), "127.0.0.1%s", host);
	else if (strncmp(host, "0.0.0.0", 7) == 0)
		snprintf(rest, sizeof(rest), "127.0.0.1%s", host + 7);
	else if (strncmp(host, "[::]", 4) == 0)
		snprintf(rest, sizeof(rest), "127.0.0.1%s", host + 4);
	else
		return uh_target_parse(host, target, why) && target->kind == UH_TARGET_IP;
	if (!uh_target_parse(rest, target, why))
		return false;
	memset(target->ip.address.byte + 12, 0, 4);
	return true;
}

bool uh_word_is_one_of(const char *word, const char *const *names)
{
	while (*names && strcmp(word, *names) != 0)
		names++;
	return *names;
}

bool uh_word_begins_with_one_of(const char *word, const char *const *beginnings)
{
	while (*beginnings && strncmp(word, *beginnings, strlen(*beginnings)) != 0)
		beginnings++;
	return *beginnings;
}

bool uh_bind_option(struct uh_services *services, struct uh_bind *bind, const char *word)
{
	size_t length = strlen(bind->options);

	if (length + strlen(word) + 2 > sizeof(bind->options)) {
		services->unreadable = true;
		return false;
	}
	sprintf(bind->options + length, " %s", word);
	return true;
}

void uh_bind_add(struct uh_services *services, struct uh_service *service, const char *text,
		 const struct uh_bind *like)
{
	struct uh_bind bind = *like, *grown;
	char why[UH_WHY];

	if (strncmp(text, "unix:", 5) == 0 ? !uh_target_parse(text, &bind.at, why)
					   : !read_address(text, &bind.at)) {
		services->unreadable = true;
		return;
	}
	if (bind.at.kind == UH_TARGET_IP && !bind.at.ip.port)
		bind.at.ip.port = 80;
	grown = uh_array_grow(service->bind, service->binds, sizeof(bind));
	if (!grown) {
		uh_error("%s", strerror(errno));
		services->no_memory = true;
		return;
	}
	service->bind = grown;
	grown[service->binds++] = bind;
}

/* The kernel stamps files with the time of the last clock tick, so equal times can differ by
 * one. */
void uh_services_note_file(struct uh_services *services, int fd)
{
	const double coarse = 0.05;
	struct stat status;

	if (services->started == 0)
		return;
	services->stale |=
	    fstat(fd, &status) != 0 ||
	    (double)status.st_ctim.tv_sec + (double)status.st_ctim.tv_nsec / 1e9 >
		services->started + coarse;
	services->unreadable |= services->stale;
}

static bool is_any(const struct uh_address *address)
{
	static const unsigned char none[4];

	return uh_address_is_v4(address) && memcmp(address->byte + 12, none, 4) == 0;
}

/* A wildcard address and a specific one count as the same place: a connection to the specific
 * address may reach either. */
static bool is_at(const struct uh_bind *bind, const struct uh_listener *listener)
{
	const struct uh_target *a = &bind->at, *b = &listener->at;

	if (a->kind != b->kind)
		return false;
	if (a->kind == UH_TARGET_UNIX)
		return a->path_length == b->path_length &&
		       memcmp(a->path, b->path, a->path_length) == 0;
	return a->ip.port == b->ip.port &&
	       (is_any(&a->ip.address) || uh_listener_is_any(listener) ||
		memcmp(&a->ip.address, &b->ip.address, sizeof(a->ip.address)) == 0);
}

static const struct uh_bind *bind_at(const struct uh_service *service,
				     const struct uh_listener *listener)
{
	for (size_t i = 0; i < service->binds; i++)
		if (is_at(&service->bind[i], listener))
			return &service->bind[i];
	return NULL;
}

/* False if several services at this listener name different addresses: nginx then chooses the
 * service by the address that the client connected to. */
static bool is_one_place(const struct uh_services *services, const struct uh_listener *tcp)
{
	const struct uh_address *first = NULL;

	for (size_t i = 0; i < services->count; i++) {
		const struct uh_service *service = &services->service[i];

		for (size_t k = 0; k < service->binds; k++) {
			const struct uh_address *address = &service->bind[k].at.ip.address;

			if (!is_at(&service->bind[k], tcp))
				continue;
			if (first && memcmp(first, address, sizeof(*first)) != 0)
				return false;
			first = address;
		}
	}
	return true;
}

bool uh_services_agree(const struct uh_services *services, const struct uh_listener *tcp,
		       const struct uh_listener *unix_one, const struct uh_service **proof)
{
	size_t at_port = 0, same_but_default = 0, same = 0;

	if (services->unreadable || !is_one_place(services, tcp))
		return false;
	for (size_t i = 0; i < services->count; i++) {
		const struct uh_service *service = &services->service[i];
		const struct uh_bind *a = bind_at(service, tcp),
				     *b = bind_at(service, unix_one);

		if (!a && b)
			return false;
		if (!a)
			continue;
		at_port++;
		if (!b || strcmp(a->options, b->options) != 0)
			return false;
		same_but_default += ((a->flags ^ b->flags) & ~(unsigned)UH_BIND_DEFAULT) == 0;
		same += a->flags == b->flags;
		if (!*proof || !(*proof)->by_address)
			*proof = service;
	}
	/* The default flag matters only if several services share the port. */
	return at_port && (at_port == 1 ? same_but_default : same) == at_port;
}

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

void uh_services_free(struct uh_services *services)
{
	for (size_t i = 0; i < services->count; i++) {
		free(services->service[i].bind);
		free(services->service[i].file);
	}
	free(services->service);
}
