/* SPDX-License-Identifier: MIT */
/* join.c: what listens on this host for connections that come back to it. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "hairpins.h"
#include "services.h"

enum { MOST_MENTIONS = 3 };

/* The listener for a port, and what else its process has. */
struct join {
	const struct uh_scene *scene;
	struct uh_hairpin *hairpin;
	const struct uh_listener *tcp;
	struct uh_services services; /* of its process, where that is one we know */
	bool known;
	FILE *notes;
};

/* How good a listener is for a destination: 0 for not at all. */
static int fitness(const struct uh_listener *listener, const struct uh_endpoint *to)
{
	const struct uh_address *address = &listener->at.ip.address;
	bool v4 = uh_address_is_v4(address), any = uh_listener_is_any(listener);

	if (listener->at.kind != UH_TARGET_IP || listener->at.ip.port != to->port)
		return 0;
	/* Only of any address does one of IPv6 take IPv4 too, and not always: it is tried. */
	if (v4 != uh_address_is_v4(&to->address))
		return any && !v4 ? 1 : 0;
	return any ? 3 : 2;
}

/* What listens on loopback alone is nothing that a gateway could send anything to. */
static const struct uh_listener *find_tcp(const struct join *join,
					  const struct uh_listener **loopback)
{
	const struct uh_listeners *list = &join->scene->listeners;
	const struct uh_endpoint *to = &join->hairpin->visits->connection[0]->to;
	const struct uh_listener *best = NULL;

	*loopback = NULL;
	for (size_t i = 0; i < list->count; i++) {
		const struct uh_listener *listener = &list->listener[i];

		if (!fitness(listener, to))
			continue;
		if (uh_address_is_loopback(&listener->at.ip.address))
			*loopback = listener;
		else if (!best || fitness(listener, to) > fitness(best, to))
			best = listener;
	}
	return best;
}

/* "nginx (pid 12)", or what is known. */
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

/* A path that another socket was bound to before may lead to either. */
static bool is_unique(const struct join *join, const struct uh_listener *listener)
{
	const struct uh_listeners *list = &join->scene->listeners;
	unsigned count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += is_same_path(listener, &list->listener[i]);
	return count == 1;
}

static bool is_neighbour(const struct join *join, const struct uh_listener *listener)
{
	return listener->owner.process && listener->owner.process == join->tcp->owner.process;
}

/* Where nothing says what a process serves at its listeners: one of each kind serves the same.
 */
static bool is_only_pair(const struct join *join)
{
	const struct uh_listeners *list = &join->scene->listeners;
	unsigned paths = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct uh_listener *listener = &list->listener[i];

		if (!is_neighbour(join, listener))
			continue;
		if (listener->at.kind == UH_TARGET_UNIX)
			paths++;
		else if (listener->at.ip.port != join->tcp->at.ip.port)
			return false;
	}
	return paths == 1;
}

/* Whether a Unix listener of the same process serves the same; says so if it does. */
static bool serves_the_same(const struct join *join, const struct uh_listener *listener)
{
	const struct uh_service *proof = NULL;

	if (!is_unique(join, listener))
		return false;
	if (join->known ? !uh_services_agree(&join->services, join->tcp, listener, &proof)
			: !is_only_pair(join))
		return false;
	write_at(join->notes, listener);
	fputs(" serves the same: ", join->notes);
	if (proof && proof->file) {
		uh_write_clean(join->notes, proof->file);
		fprintf(join->notes, ":%u\n", proof->line);
	} else {
		fputs(proof ? "its command line has both\n"
			    : "the same process, which has no other listeners\n",
		      join->notes);
	}
	return true;
}

/* We may be root, for whom each socket is open; the programs of the trace need not be. */
static void write_mode(FILE *notes, const struct uh_target *target)
{
	char path[UH_PATH_MAX + 1];
	struct stat status;

	snprintf(path, sizeof(path), "%.*s", target->path_length, target->path);
	if (stat(path, &status) != 0 || status.st_mode & S_IWOTH)
		return;
	fprintf(notes, "but only root and user %u", (unsigned)status.st_uid);
	if (status.st_mode & S_IWGRP)
		fprintf(notes, " and group %u", (unsigned)status.st_gid);
	fprintf(notes, " may connect to it: its mode is %03o\n",
		(unsigned)status.st_mode & 0777);
}

/* Takes the listener for the target if it answers. */
static bool take(const struct join *join, const struct uh_listener *listener)
{
	struct uh_hairpin *hairpin = join->hairpin;
	bool v4 = uh_address_is_v4(&hairpin->visits->connection[0]->to.address);

	hairpin->target = listener->at;
	if (uh_listener_is_any(listener))
		uh_address_parse(v4 ? "127.0.0.1" : "::1", &hairpin->target.ip.address);
	if (!uh_hairpin_try(hairpin, join->notes))
		return false;
	if (listener->at.kind == UH_TARGET_UNIX && listener->at.path[0])
		write_mode(join->notes, &listener->at);
	return true;
}

/* The first Unix listener that serves the same. Others of its process are told of. */
static bool take_unix(const struct join *join)
{
	const struct uh_listeners *list = &join->scene->listeners;
	unsigned mentions = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct uh_listener *listener = &list->listener[i];

		if (listener->at.kind != UH_TARGET_UNIX || !is_neighbour(join, listener))
			continue;
		if (serves_the_same(join, listener) && take(join, listener))
			return true;
		if (mentions++ >= MOST_MENTIONS)
			continue;
		fputs("it listens at ", join->notes);
		write_at(join->notes, listener);
		fputs(" too, but nothing shows that this serves the same\n", join->notes);
	}
	return false;
}

static void write_none(const struct join *join, const struct uh_listener *loopback)
{
	unsigned port = join->hairpin->visits->connection[0]->to.port;

	fprintf(join->notes, "no route: nothing listens at TCP port %u of this host", port);
	if (loopback) {
		fputs(" but ", join->notes);
		write_owner(join->notes, &loopback->owner);
		fputs(" at ", join->notes);
		write_at(join->notes, loopback);
		fputs(", where no gateway gets", join->notes);
	}
	fputc('\n', join->notes);
}

static void choose(const struct join *join)
{
	write_owner(join->notes, &join->tcp->owner);
	fputs(" listens at ", join->notes);
	write_at(join->notes, join->tcp);
	fputc('\n', join->notes);
	if (join->services.unreadable)
		fputs("its configuration can't be read, or not all of it\n", join->notes);
	if (take_unix(join))
		return;
	if (join->hairpin->evidence == UH_OWN_INTERFACE)
		fputs("no route: the kernel keeps connections to its own addresses on the "
		      "host; only a Unix socket would be faster\n",
		      join->notes);
	else
		take(join, join->tcp);
}

bool uh_hairpin_join(const struct uh_scene *scene, struct uh_hairpin *hairpin, FILE *notes)
{
	struct join join = {.scene = scene, .hairpin = hairpin, .notes = notes};
	const struct uh_listener *loopback;
	bool good = true;

	join.tcp = find_tcp(&join, &loopback);
	if (!join.tcp) {
		write_none(&join, loopback);
		return true;
	}
	join.known = uh_services_known(&join.tcp->owner);
	if (join.known)
		good = uh_services_read(&join.services, &join.tcp->owner);
	if (good)
		choose(&join);
	uh_services_free(&join.services);
	return good;
}
