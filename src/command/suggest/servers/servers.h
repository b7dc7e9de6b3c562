/* SPDX-License-Identifier: MIT */
/* servers.h: which of a server's listeners serve the same, by its own configuration. */
#ifndef UH_SERVERS_H
#define UH_SERVERS_H

#include "command/inspect/listeners.h"

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
	char options[256]; /* all others that may matter, as they are written */
};

/* A server block of nginx, a section of HAProxy, or the command line of gunicorn. */
struct uh_service {
	struct uh_bind *bind;
	size_t binds;
	char *file; /* NULL: the command line */
	unsigned line;
	bool by_address; /* a rule of it is about the client's or the server's address */
};

/* Zero it before its first use. */
struct uh_services {
	struct uh_service *service;
	size_t count;
	bool no_memory;	 /* reported */
	bool by_address; /* such a rule is for all of them */
	bool unreadable; /* a configuration, or a part of it, could not be read or understood */
	double started;	 /* when the process did, in seconds since 1970; 0: does not matter */
	bool stale;	 /* a file was changed after that; unreadable is set too */
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

/* Notes a file of the configuration, or a directory that is searched for some. */
void uh_services_note_file(struct uh_services *services, int fd);

/* Adds a word to a bind's options, with a blank before it. False: no room; services is then
 * unreadable. */
bool uh_bind_option(struct uh_services *services, struct uh_bind *bind, const char *word);

/* Adds a bind with the flags and options of *like. A text that is none of "PORT", "HOST",
 * "HOST:PORT" and "unix:/path" (a host is an address) makes services unreadable. */
void uh_bind_add(struct uh_services *services, struct uh_service *service, const char *text,
		 const struct uh_bind *like);

/*
 * True when whatever these services have at the port of a TCP listener they have at the Unix
 * listener too, in the same way. *proof, which is NULL before, is then one of them: one with a
 * rule by the client's address if any has one.
 */
bool uh_services_agree(const struct uh_services *services, const struct uh_listener *tcp,
		       const struct uh_listener *unix_one, const struct uh_service **proof);

#endif
