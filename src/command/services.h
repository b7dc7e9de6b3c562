/* SPDX-License-Identifier: MIT */
/* services.h: which of a server's listeners serve the same, by its own configuration. */
#ifndef UH_SERVICES_H
#define UH_SERVICES_H

#include "listeners.h"

/* What makes two listeners of one service differ for the program that connects. */
enum {
	UH_BIND_TLS = 1,
	UH_BIND_PROXY = 2,   /* wants the PROXY protocol's header */
	UH_BIND_DEFAULT = 4, /* of many services on it, is the one for names that none has */
};

/* Where a service listens. */
struct uh_bind {
	struct uh_target at; /* of an address 0.0.0.0 the port counts, whatever the family */
	unsigned flags;
};

/* A server block of nginx, a section of HAProxy, or the command line of gunicorn. */
struct uh_service {
	struct uh_bind *bind;
	size_t binds;
	char *file; /* NULL: the command line */
	unsigned line;
	bool by_address; /* a rule of it is about the client's address */
};

/* Zero it before its first use. */
struct uh_services {
	struct uh_service *service;
	size_t count;
	bool no_memory;	 /* reported */
	bool by_address; /* such a rule is for all of them */
	bool unreadable; /* a configuration, or a part of it, could not be read */
};

/* True for a program whose configuration uh_services_read looks for. */
bool uh_services_known(const struct uh_owner *owner);

/* Adds the services of a process. False: no memory, reported. */
bool uh_services_read(struct uh_services *services, const struct uh_owner *owner);

void uh_services_free(struct uh_services *services);

/*
 * Adds what a configuration has: prefix is put before the paths of all files (the root of a
 * process that has another one), or "".
 */
void uh_services_nginx(struct uh_services *services, const char *prefix, const char *file);
void uh_services_haproxy(struct uh_services *services, const char *prefix, const char *file);

/* Adds what a command line has (see uh_owner). */
void uh_services_gunicorn(struct uh_services *services, const char *arguments);

/* Adds a service, with a copy of file; NULL: no memory. */
struct uh_service *uh_service_add(struct uh_services *services, const char *file,
				  unsigned line);

/* Adds a bind, unless text ("PORT", "HOST", "HOST:PORT", "unix:/path") is none we know. */
void uh_bind_add(struct uh_services *services, struct uh_service *service, const char *text,
		 unsigned flags);

/*
 * True when whatever these services have at the port of a TCP listener they have at the Unix
 * listener too, in the same way. *proof, which is NULL before, is then one of them: one with a
 * rule by the client's address if any has one.
 */
bool uh_services_agree(const struct uh_services *services, const struct uh_listener *tcp,
		       const struct uh_listener *unix_one, const struct uh_service **proof);

#endif
