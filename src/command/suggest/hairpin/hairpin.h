/* SPDX-License-Identifier: MIT */
/* hairpin.h: which destinations of a trace are hairpins, and which target would serve them. */
#ifndef UH_HAIRPIN_H
#define UH_HAIRPIN_H

#include "compare_places.h"
#include "base/hostname.h"
#include "command/inspect/listeners.h"
#include "command/inspect/local_addresses.h"
#include "table/table.h"
#include "command/trace/connections/latency.h"

/* What suggest knows of this host. */
struct uh_host {
	const struct uh_table *table; /* the routes of the configuration */
	struct uh_local_addresses own;
	struct uh_listeners listeners;
};

struct uh_table_request;

/*
 * Loads the routes (uh_table_load), and adds the addresses of the interfaces and those that the
 * configuration calls public to own. Listeners are not read. Returns false on failure
 * (reported). uh_host_free ends it in either case.
 */
bool uh_host_read(struct uh_host *host, const struct uh_table_request *source);
void uh_host_free(struct uh_host *host);

/* Classes of destinations. The last two are hairpins. */
enum uh_hairpin_class {
	UH_NO_HAIRPIN,	  /* somebody else's service */
	UH_OWN_INTERFACE, /* an address of this host: the kernel keeps the connection local */
	UH_OWN_PUBLIC,	  /* a public address that the gateway translates to this host */
	UH_NEIGHBOUR,	  /* a name of the destination leads to another host inside */
};

/* True if connections of this class go to the gateway and back. */
static inline bool uh_class_is_hairpin(enum uh_hairpin_class evidence)
{
	return evidence > UH_OWN_INTERFACE;
}

/* The results for one destination. */
struct uh_hairpin {
	const struct uh_group *visits;
	enum uh_hairpin_class evidence;
	char destination[UH_NAME_MAX + 8]; /* as a route names it */
	char name[UH_NAME_MAX + 1];	   /* its name if the address is a stand-in, else "" */
	struct uh_address inside;	   /* the address that its name has here */
	bool ambiguous;			   /* its names lead to different hosts */
	struct uh_times times;
	bool has_target; /* there is a route to suggest */
	struct uh_target target;
	struct uh_timed_connect dial; /* of the target */
	bool has_possible; /* there is a target without proof that it is the same service */
	struct uh_target possible;
	struct uh_place place; /* the destination, or a target in its stead, and its greeting */
	bool asked;	       /* place is the destination itself, which answered */
	char *notes;	       /* the reasons, a line each; owned */
};

/*
 * Groups the connections that no route took by destination; the connections of each group are
 * sorted by name and program. The groups end with uh_groups_free(). Returns false if memory ran
 * out (reported).
 */
bool uh_trace_destinations(const struct uh_trace *trace, struct uh_groups *destinations);

/*
 * Examines a destination and fills in *hairpin. Looks names up, and connects to possible
 * targets (uh_timed_connect_begin comes before). Returns false if memory ran out (reported).
 * The caller frees hairpin->notes in either case.
 */
bool uh_hairpin_examine(const struct uh_host *host, const struct uh_group *visits,
			struct uh_hairpin *hairpin);

/* The class of a destination, with the reason written to notes: the first step of
 * uh_hairpin_examine. Looks names up. */
enum uh_hairpin_class uh_hairpin_classify(const struct uh_host *host,
					  struct uh_hairpin *hairpin, FILE *notes);

/* Finds the best target among the listeners on this host: sets has_target, target, dial and
 * possible, and writes the reasons to notes. Returns false if memory ran out (reported). */
bool uh_hairpin_match_listener(const struct uh_host *host, struct uh_hairpin *hairpin,
			       FILE *notes);

/*
 * Asks the destination for its greeting (uh_greet): sets place, and asked if it answers. If it
 * does not answer from here, notes say so, and the target otherwise is asked instead. In place
 * of a stand-in the address that its name has here is asked.
 */
void uh_hairpin_ask(struct uh_hairpin *hairpin, const struct uh_target *otherwise, FILE *notes);

/* Connects to the hairpin's target, and writes the result to notes. Returns false if the target
 * does not answer, a route takes it further, or it is no faster than the destination. */
bool uh_hairpin_probe(const struct uh_host *host, struct uh_hairpin *hairpin, FILE *notes);

/* Compares the hairpin's target with place. */
struct uh_comparison uh_hairpin_compare(struct uh_hairpin *hairpin);

/* The reason why the comparison is no proof that target and destination are one service, or
 * NULL. May be comparison->why. */
const char *uh_hairpin_unseen(const struct uh_hairpin *hairpin,
			      const struct uh_comparison *comparison);

/* Compares an IP target with place, and writes the result to notes. Without proof that they are
 * one service the target becomes a possible one. */
void uh_hairpin_verify(struct uh_hairpin *hairpin, FILE *notes);

/* Makes the target a possible one, with the reason written to notes. */
void uh_hairpin_doubt(struct uh_hairpin *hairpin, FILE *notes, const char *why);

#endif
