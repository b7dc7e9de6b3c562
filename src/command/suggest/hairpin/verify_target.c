/* SPDX-License-Identifier: MIT */
/* verify_target.c: probes a target, and compares it with the destination, before it is
 * suggested. */
#include "verify_target.h"

#include <string.h>

#include "greet.h"
#include "hairpin.h"
#include "command/cli/utf8.h"
#include "build/route_text.h"
#include "host.h"

enum { WAIT_MS = 1000, MOST_ROUTES = 16, MOST_NAMES = 8 };

/* True if a route takes connections to an IP target further, or the target is the destination:
 * what `check` calls a loop. */
static bool is_taken(const struct uh_host *host, const struct uh_hairpin *hairpin)
{
	const struct uh_endpoint *to = &hairpin->group->connection[0]->to;
	const struct uh_endpoint *at = &hairpin->target.ip;
	const struct uh_table_route *route[MOST_ROUTES];

	if (hairpin->target.kind != UH_TARGET_IP)
		return false;
	if (at->port == to->port &&
	    memcmp(&at->address, &to->address, sizeof(to->address)) == 0)
		return true;
	size_t count =
	    uh_table_find_all(host->table, NULL, at, UH_TCP, NULL, route, MOST_ROUTES);

	for (size_t i = 0; i < count && i < MOST_ROUTES; i++) {
		if (!uh_table_goes_direct(host->table, route[i]) &&
		    !uh_table_refuses(host->table, route[i]))
			return true;
		if (route[i]->programs == UH_NONE && route[i]->user_count == 0)
			return false;
	}
	return false;
}

static void write_time(FILE *notes, const struct uh_hairpin *hairpin)
{
	if (!hairpin->times.timed)
		fprintf(notes, " answers in %.0f us\n", hairpin->dial.microseconds);
	else
		fprintf(notes, " answers in %.0f us instead of %.0f us: %.1f times as fast\n",
			hairpin->dial.microseconds, hairpin->times.median,
			hairpin->times.median / hairpin->dial.microseconds);
}

bool uh_hairpin_probe(const struct uh_host *host, struct uh_hairpin *hairpin, FILE *notes)
{
	const struct uh_times *times = &hairpin->times;
	char text[UH_TARGET_TEXT];

	hairpin->has_target = false;
	uh_write_clean(notes, uh_target_format(&hairpin->target, text));
	if (is_taken(host, hairpin)) {
		fputs(" is no target: a route takes it further, or it is the destination\n",
		      notes);
		return false;
	}
	hairpin->dial = uh_timed_connect_median(&hairpin->target, WAIT_MS);
	if (hairpin->dial.error) {
		fprintf(notes, " does not answer: %s\n", uh_timed_connect_text(&hairpin->dial));
		return false;
	}
	write_time(notes, hairpin);
	hairpin->has_target = !times->timed || hairpin->dial.microseconds < times->median;
	if (!hairpin->has_target)
		fputs("no route to it: it is no faster than the destination\n", notes);
	return hairpin->has_target;
}

/* The destination as a target. In place of a stand-in it has the address that the name has
 * here. */
static struct uh_target destination_of(const struct uh_hairpin *hairpin)
{
	struct uh_target target = {.kind = UH_TARGET_IP,
				   .ip = hairpin->group->connection[0]->to};

	if (*hairpin->name)
		target.ip.address = hairpin->inside;
	return target;
}

void uh_hairpin_ask(struct uh_hairpin *hairpin, const struct uh_target *otherwise, FILE *notes)
{
	struct uh_place *place = &hairpin->place;

	if (hairpin->class == UH_CANDIDATE) {
		place->target = *otherwise;
		place->greeting = uh_greet(otherwise);
		return;
	}
	place->target = destination_of(hairpin);
	place->greeting = uh_greet(&place->target);
	hairpin->asked = place->greeting.error == 0;
	if (hairpin->asked)
		return;
	fprintf(notes, "not tried: %s itself does not answer from here: %s\n",
		hairpin->destination, uh_timed_connect_error_text(place->greeting.error));
	place->target = *otherwise;
	place->greeting = uh_greet(otherwise);
}

/* Writes the value of the Host header that the program sends: the name, or the address if name
 * is NULL, with the port unless it is 80. */
static const char *host_of(const struct uh_hairpin *hairpin, const char *name, char *text,
			   size_t size)
{
	const struct uh_endpoint *to = &hairpin->group->connection[0]->to;
	char address[UH_ENDPOINT_TEXT];

	if (!name)
		snprintf(text, size, "%s", uh_endpoint_format(to, address));
	else if (to->port == 80)
		snprintf(text, size, "%s", name);
	else
		snprintf(text, size, "%s:%u", name, to->port);
	return text;
}

/* Compares by one name. A text that is no host name counts as none: traces come from anywhere.
 */
static struct uh_comparison compare_by_name(struct uh_hairpin *hairpin, const char *name)
{
	char canonical[UH_NAME_MAX + 1], host[UH_NAME_MAX + 8];

	name = name && uh_name_canonical(name, canonical) ? canonical : NULL;
	return uh_compare(&hairpin->place, &hairpin->target, name,
			  host_of(hairpin, name, host, sizeof(host)));
}

/* Compares by each name, because a server may serve them differently. Equal names are
 * neighbours, as the connections are sorted. */
struct uh_comparison uh_hairpin_compare(struct uh_hairpin *hairpin)
{
	const struct uh_group *group = hairpin->group;
	struct uh_comparison comparison = {0}, next;
	unsigned names = 0;

	for (size_t i = 0; i < group->count; i++) {
		const char *name = group->connection[i]->name;

		if (i && name == group->connection[i - 1]->name)
			continue;
		if (names++ == MOST_NAMES) {
			comparison.shown = comparison.same_certificate = false;
			snprintf(comparison.why, sizeof(comparison.why),
				 "it has too many names to try them all");
			break;
		}
		next = compare_by_name(hairpin, name);
		if (names == 1 || !uh_comparison_is_proof(&next))
			comparison = next;
		if (!uh_comparison_is_proof(&next))
			break;
	}
	return comparison;
}

/*
 * True if a possible Unix target differs by design from the address that the program asked for.
 * An IP target then is the better possibility, because TLS, passwords and rules stay as they
 * are.
 */
static bool is_worse(const struct uh_hairpin *hairpin)
{
	return hairpin->possible.kind == UH_TARGET_UNIX &&
	       hairpin->target.kind == UH_TARGET_IP &&
	       uh_differs_by_design(hairpin->place.greeting.speech, hairpin->possible.path,
				    NULL);
}

void uh_hairpin_demote(struct uh_hairpin *hairpin)
{
	hairpin->has_target = false;
	if (hairpin->has_possible && !is_worse(hairpin))
		return;
	hairpin->has_possible = true;
	hairpin->possible = hairpin->target;
	hairpin->possible_dial = hairpin->dial;
}

void uh_hairpin_doubt(struct uh_hairpin *hairpin, FILE *notes, const char *why)
{
	char text[UH_TARGET_TEXT];

	uh_hairpin_demote(hairpin);
	uh_write_clean(notes, uh_target_format(&hairpin->target, text));
	fprintf(notes, " is only a possibility: %s\n", why);
}

const char *uh_hairpin_unseen(const struct uh_hairpin *hairpin,
			      const struct uh_comparison *comparison)
{
	if (comparison->likeness == UH_DIFFERENT)
		return comparison->why;
	if (!hairpin->asked)
		return "it was not seen where the destination leads";
	if (!uh_comparison_is_proof(comparison))
		return "nothing that was seen identifies the destination's service";
	return NULL;
}

void uh_hairpin_verify(struct uh_hairpin *hairpin, FILE *notes)
{
	const struct uh_comparison comparison = uh_hairpin_compare(hairpin);
	const char *why = uh_hairpin_unseen(hairpin, &comparison);

	if (why)
		uh_hairpin_doubt(hairpin, notes, why);
	if (!hairpin->asked)
		fprintf(notes, "it %s; nothing more was tried\n",
			uh_speech_text(hairpin->place.greeting.speech));
	else if (why != comparison.why)
		fprintf(notes, "%s\n", comparison.why);
}
