/* SPDX-License-Identifier: MIT */
/* hairpin.h: which destinations of a trace are hairpins, and what would be a better way. */
#ifndef UH_HAIRPIN_H
#define UH_HAIRPIN_H

#include "compare_places.h"
#include "base/hostname.h"
#include "command/inspect/listeners.h"
#include "command/inspect/local_addresses.h"
#include "table/table.h"
#include "command/trace/connections/trace_read.h"

/* The connections of a trace to one destination that no route took. */
struct uh_trace_destination {
	const struct uh_connection **connection; /* by program and name */
	size_t count;
};

/* What is known about this host. */
struct uh_host {
	const struct uh_table *table; /* the routes that there are */
	struct uh_local_addresses own;
	struct uh_listeners listeners;
};

struct uh_table_request;

/*
 * Sets the routes, as uh_table_load has them, and adds to the addresses that are own: those
 * of the interfaces, and the configuration's. What listens is not read. False: reported; to be
 * closed in any case.
 */
bool uh_host_read(struct uh_host *scene, const struct uh_table_request *source);
void uh_host_free(struct uh_host *scene);

/* Why a destination is a hairpin. */
enum uh_hairpin_class {
	UH_NO_HAIRPIN,
	UH_OWN_INTERFACE, /* no hairpin either: the kernel itself keeps it on this host */
	UH_OWN_PUBLIC,	  /* an address that the gateway sends here */
	UH_NEIGHBOUR,	  /* a name of it leads to an address inside, of another host */
};

/* Whether connections to it leave this host and come back, or go around a neighbour. */
static inline bool uh_class_is_hairpin(enum uh_hairpin_class evidence)
{
	return evidence > UH_OWN_INTERFACE;
}

/* What is found out about one destination. */
struct uh_hairpin {
	const struct uh_trace_destination *visits;
	enum uh_hairpin_class evidence;
	char destination[UH_NAME_MAX + 8]; /* as a route has it */
	char name[UH_NAME_MAX + 1];	   /* where the address is only a stand-in; else "" */
	struct uh_address inside;	   /* where its name leads to here */
	bool ambiguous;			   /* it has names, and these lead to different hosts */
	struct uh_times times;
	bool has_target; /* there is a route to suggest */
	struct uh_target target;
	struct uh_timed_connect dial; /* of the target */
	bool has_possible; /* there is one that nothing shows to be right, or not all */
	struct uh_target possible;
	struct uh_place place; /* where it leads without a route, and what is said there */
	bool asked;	       /* place is the destination itself, which was asked */
	char *notes;	       /* the reasons, a line each; owned */
};

/* Order texts that may be NULL, and connections by address, port and protocol, as strcmp(3)
 * does. */
int uh_texts_compare(const char *a, const char *b);
int uh_destinations_compare(const struct uh_connection *a, const struct uh_connection *b);

/* All of them, most connections first. */
struct uh_trace_destinations {
	struct uh_trace_destination *visits;
	size_t count;
	const struct uh_connection **connection; /* what the visits point into */
};

/* Sorts the connections that no route took by their destinations, into *list. False: no memory,
 * reported; the list is then empty. */
bool uh_trace_destinations_sort(const struct uh_trace *trace,
				struct uh_trace_destinations *list);
void uh_trace_destinations_free(struct uh_trace_destinations *list);

/*
 * Finds out all of hairpin for its visits. Looks names up and connects to what may be a target:
 * see uh_timed_connect_begin. False: no memory, reported; notes is to be freed in any case.
 */
bool uh_hairpin_examine(const struct uh_host *scene, const struct uh_trace_destination *visits,
			struct uh_hairpin *hairpin);

/* Whether, and why, a destination is a hairpin: the first step of uh_hairpin_examine, which
 * writes the reason to notes. Looks names up. */
enum uh_hairpin_class uh_hairpin_classify(const struct uh_host *scene,
					  struct uh_hairpin *hairpin, FILE *notes);

/* What listens on this host for a port that the gateway sends here, and the best target of it:
 * sets has_target, target, dial and possible, and writes the reasons to notes. False: no
 * memory, reported. */
bool uh_hairpin_match_listener(const struct uh_host *scene, struct uh_hairpin *hairpin,
			       FILE *notes);

/*
 * Asks the destination itself what it says: sets place, and asked if it answers from here. If
 * it does not, notes say so, and otherwise, a target, is asked in its stead. A stand-in's is
 * where its name leads to here.
 */
void uh_hairpin_ask(struct uh_hairpin *hairpin, const struct uh_target *otherwise, FILE *notes);

/* Connects to the hairpin's target, and notes what that shows. False: it does not answer, a
 * route takes it further, or nothing would be saved. */
bool uh_hairpin_probe(const struct uh_host *scene, struct uh_hairpin *hairpin, FILE *notes);

/* Compares the hairpin's target with place. */
struct uh_comparison uh_hairpin_compare(struct uh_hairpin *hairpin);

/* Why a comparison with the hairpin's target leaves open where the destination leads to, or
 * NULL. May be comparison->why. */
const char *uh_hairpin_unseen(const struct uh_hairpin *hairpin,
			      const struct uh_comparison *comparison);

/* The same for an IP target: it becomes a possible one if they differ. Notes what was seen, and
 * what was not tried. */
void uh_hairpin_verify(struct uh_hairpin *hairpin, FILE *notes);

/* The target is a possible one from now on, with the reason noted. */
void uh_hairpin_doubt(struct uh_hairpin *hairpin, FILE *notes, const char *why);

#endif
