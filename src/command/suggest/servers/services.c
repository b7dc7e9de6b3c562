/* SPDX-License-Identifier: MIT */
/* services.c: collects the services of a server, and compares two of its listeners. */
#include "servers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

const struct uh_service *uh_services_find(const struct uh_services *services,
					  const struct uh_listener *listener, bool tls)
{
	for (size_t i = 0; i < services->count; i++) {
		const struct uh_bind *bind = bind_at(&services->service[i], listener);

		if (bind && ((bind->flags & UH_BIND_TLS) != 0) == tls)
			return &services->service[i];
	}
	return NULL;
}

void uh_services_free(struct uh_services *services)
{
	for (size_t i = 0; i < services->count; i++) {
		free(services->service[i].bind);
		free(services->service[i].file);
	}
	free(services->service);
}
