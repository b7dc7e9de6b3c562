/* SPDX-License-Identifier: MIT */
/* servers.h: whether two listeners of a server serve the same, by the server's configuration.
 */
#ifndef UH_SERVERS_H
#define UH_SERVERS_H

#include "command/inspect/listeners.h"

/* Differences between two listeners of one service that a client notices. */
enum {
	UH_BIND_TLS = 1,
	UH_BIND_PROXY = 2, /* expects the PROXY protocol's header */
	UH_BIND_DEFAULT =
	    4, /* the service serves host names that no other service here names */
};

/* Where a service listens. */
struct uh_bind {
	struct uh_target at; /* 0.0.0.0 means any address of either family */
	unsigned flags;
	char options[256]; /* the other options that may matter, as they are written */
};

/* A server block of nginx, a section of HAProxy, or the command line of gunicorn. */
struct uh_service {
	struct uh_bind *bind;
	size_t binds;
	char *file; /* NULL: the command line */
	unsigned line;
	bool by_address; /* a rule in it looks at the client's or the server's address */
};

/* The services of one or more processes. All bytes are zero before the first use. */
struct uh_services {
	struct uh_service *service;
	size_t count;
	bool no_memory;	 /* reported */
	bool by_address; /* a rule outside of services looks at addresses */
	bool unreadable; /* a part of a configuration could not be read or understood */
	double
	    started; /* start of the process in seconds since 1970; 0: file times don't count */
	bool stale;  /* a file was changed after the start; unreadable is set too */
};

/* True if uh_services_read can read the configuration of this program. */
bool uh_services_known(const struct uh_owner *owner);

/* Adds the services of a process. Returns false if memory ran out (reported). */
bool uh_services_read(struct uh_services *services, const struct uh_owner *owner);

void uh_services_free(struct uh_services *services);

/*
 * Adds the services of a configuration file. prefix is put before the paths of all files: the
 * root directory of a process in another mount namespace, or "".
 */
void uh_services_nginx(struct uh_services *services, const char *prefix, const char *file);
void uh_services_haproxy(struct uh_services *services, const char *prefix, const char *file);

/* Adds the service of gunicorn's command line (arguments: as in struct uh_owner). */
void uh_services_gunicorn(struct uh_services *services, const char *arguments);

/* Adds a service, with a copy of file. Returns NULL if memory ran out (reported). */
struct uh_service *uh_service_add(struct uh_services *services, const char *file,
				  unsigned line);

/* Compares the time of a configuration file, or of a directory that holds some, with the start
 * of the process: sets stale if the process cannot have read it as it is. */
void uh_services_note_file(struct uh_services *services, int fd);

/* True if a word is in a list, or begins with an item of it. A list ends with NULL. */
bool uh_word_is_one_of(const char *word, const char *const *names);
bool uh_word_begins_with_one_of(const char *word, const char *const *beginnings);

/* Adds a word to a bind's options, with a blank before it. Returns false, with unreadable set,
 * if the options are full. */
bool uh_bind_option(struct uh_services *services, struct uh_bind *bind, const char *word);

/* Adds a bind with the flags and options of *like. text is "PORT", "ADDRESS", "ADDRESS:PORT" or
 * "unix:/path"; any other text sets unreadable. */
void uh_bind_add(struct uh_services *services, struct uh_service *service, const char *text,
		 const struct uh_bind *like);

/*
 * True if each service at the port of the TCP listener is at the Unix listener too, with the
 * same flags and options. *proof is NULL before the call, and one of these services after it:
 * one with a rule about addresses if there is one.
 */
bool uh_services_agree(const struct uh_services *services, const struct uh_listener *tcp,
		       const struct uh_listener *unix_one, const struct uh_service **proof);

/* The first service at the listener that ends TLS there (tls), or that does not; NULL if there
 * is none. */
const struct uh_service *uh_services_find(const struct uh_services *services,
					  const struct uh_listener *listener, bool tls);

#endif
