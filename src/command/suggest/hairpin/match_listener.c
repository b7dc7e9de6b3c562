/* SPDX-License-Identifier: MIT */
/* match_listener.c: finds the listener on this host that serves a hairpin's destination. */
#include "match_listener.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "port_listeners.h"
#include "command/inspect/socket_access.h"
#include "command/suggest/servers/servers.h"
#include "command/cli/utf8.h"
#include "build/route_text.h"
#include "host.h"
#include "tls_end.h"
#include "verify_target.h"
#include "hairpin.h"

enum { MOST_MENTIONS = 3 };

/* The listeners of a port, and the configuration of the process behind the likeliest one. */
struct match {
	struct uh_port port;
	struct uh_services services; /* read if known is set */
	bool known; /* the process is a server whose configuration can be read */
	FILE *notes;
};

/* Writes "nginx (pid 12)", or as much of it as is known. */
static void write_owner(FILE *notes, const struct uh_owner *owner)
{
	if (!owner->process) {
		fputs("a program (root can see which)", notes);
		return;
	}
	uh_write_clean(notes, owner->name ? owner->name : "?");
	fprintf(notes, " (pid %d)", (int)owner->process);
}

static void write_at(FILE *notes, const struct uh_listener *listener)
{
	char text[UH_TARGET_TEXT];

	uh_write_clean(notes, uh_target_format(&listener->at, text));
}

static bool is_same_path(const struct uh_listener *a, const struct uh_listener *b)
{
	return b->at.kind == UH_TARGET_UNIX && a->at.path_length == b->at.path_length &&
	       memcmp(a->at.path, b->at.path, a->at.path_length) == 0;
}

/* False if several sockets were bound to this path: a connection may reach any of them. */
static bool is_unique(const struct match *match, const struct uh_listener *listener)
{
	const struct uh_listeners *list = &match->port.host->listeners;
	unsigned count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += is_same_path(listener, &list->listener[i]);
	return count == 1;
}

static bool is_same_process(const struct match *match, const struct uh_listener *listener)
{
	return listener->owner.process &&
	       listener->owner.process == match->port.tcp->owner.process;
}

static bool is_same_place(const struct uh_listener *a, const struct uh_listener *b)
{
	return a->at.ip.port == b->at.ip.port &&
	       ((uh_listener_is_any(a) && uh_listener_is_any(b)) ||
		memcmp(&a->at.ip.address, &b->at.ip.address, sizeof(a->at.ip.address)) == 0);
}

/*
 * True if the process has one Unix listener, and one TCP port. They may then serve the same
 * though no configuration says so. One port on both address families counts as one.
 */
static bool is_only_pair(const struct match *match)
{
	const struct uh_listeners *list = &match->port.host->listeners;
	unsigned paths = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct uh_listener *listener = &list->listener[i];

		if (!is_same_process(match, listener))
			continue;
		if (listener->at.kind == UH_TARGET_UNIX)
			paths++;
		else if (!is_same_place(listener, match->port.tcp))
			return false;
	}
	return paths == 1;
}

/* True if a Unix listener of the same process may serve the same as the TCP listener. *proof is
 * set to the service in the configuration that shows it, or NULL. */
static bool may_serve(const struct match *match, const struct uh_listener *listener,
		      const struct uh_service **proof)
{
	*proof = NULL;
	if (!is_unique(match, listener))
		return false;
	return match->known
		   ? uh_services_agree(&match->services, match->port.tcp, listener, proof)
		   : is_only_pair(match);
}

/* Writes why the Unix listener serves the same, and the result of the comparison. */
static void write_proof(const struct match *match, const struct uh_listener *listener,
			const struct uh_service *proof, const struct uh_comparison *comparison)
{
	write_at(match->notes, listener);
	fputs(" serves the same: ", match->notes);
	if (proof && proof->file) {
		uh_write_clean(match->notes, proof->file);
		fprintf(match->notes, ":%u\n", proof->line);
	} else {
		fputs(proof ? "its command line has both\n"
			    : "the same process, which has no other listeners\n",
		      match->notes);
	}
	if (proof && !proof->file)
		fputs("but gunicorn trusts X-Forwarded-Proto from clients of a Unix socket\n",
		      match->notes);
	fprintf(match->notes, "%s\n", comparison->why);
}

/* Writes who may connect to the socket, if not everybody may: this process may be root, the
 * programs of the trace need not be. */
static void write_mode(FILE *notes, const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0 || status.st_mode & S_IWOTH)
		return;
	fprintf(notes, "but only root and user %u", (unsigned)status.st_uid);
	if (status.st_mode & S_IWGRP)
		fprintf(notes, " and group %u", (unsigned)status.st_gid);
	fprintf(notes, " may connect to it: its mode is %03o\n",
		(unsigned)status.st_mode & 0777);
}

/* True if a user of the trace may not connect to the path; *user is the first such user. */
static bool keeps_out_user(const char *path, const struct uh_group *group, uint32_t *user)
{
	struct uh_credentials identity;
	char text[32], where[PATH_MAX];

	for (size_t i = 0; i < group->count; i++) {
		if (i && group->connection[i]->user == *user)
			continue;
		*user = group->connection[i]->user;
		snprintf(text, sizeof(text), "%u", (unsigned)*user);
		/* The groups of a user without an account are not known. */
		if (!uh_credentials_of(text, &identity))
			identity = (struct uh_credentials){.user = *user};
		if (uh_socket_access("", path, &identity, where) == UH_FORBIDDEN)
			return true;
	}
	return false;
}

/*
 * True if a connection to the path reaches the process that listens at the port. The path may
 * name another file in that process's mount namespace, or another process's socket by now. An
 * abstract name always belongs to one socket.
 */
static bool is_reached(const struct match *match, const struct uh_listener *listener)
{
	const struct uh_timed_connect *dial = &match->port.hairpin->dial;

	return !listener->at.path[0] ||
	       (dial->has_peer && dial->process == listener->owner.process) ||
	       uh_listener_is_bound(listener);
}

/* The reason why a Unix listener that answers is only a possible target, or NULL. */
static const char *doubt(const struct match *match, const struct uh_listener *listener,
			 const struct uh_service *proof, const struct uh_comparison *comparison)
{
	if (comparison->by_design && !proof)
		return comparison->by_design;
	if (comparison->likeness == UH_DIFFERENT)
		return comparison->why;
	if (!is_reached(match, listener))
		return "it was not seen that this path leads to the same process";
	if (proof && (proof->by_address || match->services.by_address))
		return "its configuration has rules about the client's or the server's address "
		       "or port, and a Unix socket has neither";
	/* One certificate may serve many services, so it is no proof here. */
	if (!proof && !comparison->shown)
		return "one process listens at both, which is no proof that they serve the "
		       "same";
	if (match->port.ambiguous)
		return "others listen at that port too, and it was not seen which one the "
		       "gateway chooses";
	return uh_hairpin_unseen(match->port.hairpin, comparison);
}

/* Probes a Unix listener that may serve the same. Returns true if it becomes the target. */
static bool take_unix_at(const struct match *match, const struct uh_listener *listener,
			 const struct uh_service *proof)
{
	struct uh_hairpin *hairpin = match->port.hairpin;
	char path[UH_PATH_MAX + 1], text[128];
	uint32_t user;

	hairpin->target = listener->at;
	if (!uh_hairpin_probe(match->port.host, hairpin, match->notes))
		return false;
	struct uh_comparison comparison = uh_hairpin_compare(hairpin);
	const char *why = doubt(match, listener, proof, &comparison);

	snprintf(path, sizeof(path), "%.*s", listener->at.path_length, listener->at.path);
	if (!why && *path && keeps_out_user(path, hairpin->group, &user)) {
		snprintf(text, sizeof(text), "user %u of the trace may not connect to it",
			 (unsigned)user);
		why = text;
	}
	if (why) {
		uh_hairpin_doubt(hairpin, match->notes, why);
		if (why != comparison.why)
			fprintf(match->notes, "%s\n", comparison.why);
	} else {
		write_proof(match, listener, proof, &comparison);
	}
	if (*path)
		write_mode(match->notes, path);
	return hairpin->has_target;
}

/* Mentions a Unix listener of the same process that nothing shows to serve the same. */
static void mention(const struct match *match, const struct uh_listener *listener)
{
	const struct uh_service *plain = NULL;

	if (uh_services_find(&match->services, match->port.tcp, true))
		plain = uh_services_find(&match->services, listener, false);
	fputs("it listens at ", match->notes);
	write_at(match->notes, listener);
	if (!plain || !plain->file) {
		fputs(" too, but nothing shows that this serves the same\n", match->notes);
		return;
	}
	fputs(" too, without TLS: ", match->notes);
	uh_write_clean(match->notes, plain->file);
	fprintf(match->notes,
		":%u; a route does not end TLS, so clients that speak TLS would fail there\n",
		plain->line);
}

/* Takes the first Unix listener that serves the same, and mentions the process's other ones. */
static bool take_unix(const struct match *match)
{
	const struct uh_listeners *list = &match->port.host->listeners;
	const struct uh_service *proof;
	unsigned mentions = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct uh_listener *listener = &list->listener[i];

		if (listener->at.kind != UH_TARGET_UNIX || !is_same_process(match, listener))
			continue;
		if (may_serve(match, listener, &proof)) {
			if (take_unix_at(match, listener, proof))
				return true;
			continue;
		}
		if (mentions++ < MOST_MENTIONS)
			mention(match, listener);
	}
	return false;
}

/* Mentions the process's Unix listeners, which a route of the kernel back end cannot lead to.
 */
static void leave_unix(const struct match *match)
{
	const struct uh_listeners *list = &match->port.host->listeners;
	unsigned mentions = 0;

	for (size_t i = 0; i < list->count && mentions < MOST_MENTIONS; i++) {
		const struct uh_listener *listener = &list->listener[i];

		if (listener->at.kind != UH_TARGET_UNIX || !is_same_process(match, listener))
			continue;
		mentions++;
		fputs("it listens at ", match->notes);
		write_at(match->notes, listener);
		fputs(" too, but the kernel cannot carry a route there\n", match->notes);
	}
}

static void take_tcp(const struct match *match)
{
	struct uh_hairpin *hairpin = match->port.hairpin;

	hairpin->target = uh_port_target(&match->port, match->port.tcp);
	if (!uh_hairpin_probe(match->port.host, hairpin, match->notes))
		return;
	uh_hairpin_verify(hairpin, match->notes);
	if (match->port.ambiguous && hairpin->has_target)
		uh_hairpin_doubt(
		    hairpin, match->notes,
		    "others listen at that port too, and it was not seen which one "
		    "the gateway chooses");
}

static void write_none(const struct match *match)
{
	const struct uh_listener *loopback = match->port.loopback;
	unsigned port = match->port.hairpin->group->connection[0]->to.port;

	fprintf(match->notes, "no route: nothing listens at TCP port %u of this host", port);
	if (loopback) {
		fputs(" but ", match->notes);
		write_owner(match->notes, &loopback->owner);
		fputs(" at ", match->notes);
		write_at(match->notes, loopback);
		fputs(", which no gateway can reach", match->notes);
	}
	fputc('\n', match->notes);
}

static void choose(const struct match *match)
{
	const struct uh_target tcp = uh_port_target(&match->port, match->port.tcp);

	write_owner(match->notes, &match->port.tcp->owner);
	fputs(" listens at ", match->notes);
	write_at(match->notes, match->port.tcp);
	fputc('\n', match->notes);
	if (match->services.stale)
		fputs("its configuration was changed after the program started, and may not be "
		      "in "
		      "use yet\n",
		      match->notes);
	else if (match->services.unreadable)
		fputs("its configuration could not be read or understood completely\n",
		      match->notes);
	uh_tls_end_write(match->notes, match->port.hairpin,
			 match->known && !match->services.stale ? &match->services : NULL,
			 match->port.tcp, &tcp);
	if (match->port.hairpin->only_kernel)
		leave_unix(match);
	else if (take_unix(match))
		return;
	if (match->port.hairpin->class != UH_OWN_INTERFACE)
		take_tcp(match);
	else
		fputs("no route: the kernel keeps connections to its own addresses on the "
		      "host; only a Unix socket would be faster\n",
		      match->notes);
}

bool uh_hairpin_match_listener(const struct uh_host *host, struct uh_hairpin *hairpin,
			       FILE *notes)
{
	struct match match = {.notes = notes};
	bool good = true;

	uh_port_find(&match.port, host, hairpin);
	if (!match.port.tcp) {
		write_none(&match);
		return true;
	}
	const struct uh_target target = uh_port_target(&match.port, match.port.tcp);

	if (hairpin->class == UH_CANDIDATE && uh_tls_end_is_for_others(hairpin, &target)) {
		hairpin->class = UH_NO_HAIRPIN;
		return true;
	}
	uh_port_ask(&match.port, notes);
	const struct uh_owner *owner = &match.port.tcp->owner;

	match.known = uh_services_known(owner);
	if (match.known)
		good = uh_services_read(&match.services, owner);
	if (good)
		choose(&match);
	uh_services_free(&match.services);
	return good;
}
