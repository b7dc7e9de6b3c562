/* SPDX-License-Identifier: MIT */
/* hairpin.h: which destinations of a trace are hairpins, and which target would serve them. */
#ifndef UH_HAIRPIN_H
#define UH_HAIRPIN_H

#include "compare_places.h"
#include "base/hostname.h"
#include "host.h"
#include "command/trace/connections/latency.h"

/* Classes of destinations. The last two are hairpins, and a candidate may be one. */
enum uh_hairpin_class {
	UH_NO_HAIRPIN,	  /* somebody else's service */
	UH_OWN_INTERFACE, /* an address of this host: the kernel keeps the connection local */
	UH_CANDIDATE,	  /* a name's address that nothing shows to be another host's */
	UH_OWN_PUBLIC,	  /* a public address that the gateway translates to this host */
	UH_NEIGHBOUR,	  /* a name of the destination leads to another host inside */
};

/* True if connections of this class go to the gateway and back. */
static inline bool uh_class_is_hairpin(enum uh_hairpin_class class)
{
	return class > UH_CANDIDATE;
}

/* The results for one destination. */
struct uh_hairpin {
	const struct uh_group *group;
	enum uh_hairpin_class class;
	char destination[UH_NAME_MAX + 8]; /* as a route names it */
	char name[UH_NAME_MAX + 1];	   /* its name if the address is a stand-in, else "" */
	struct uh_address inside;	   /* the address that its name has here */
	bool ambiguous;			   /* its names lead to different hosts */
	bool only_kernel; /* the preload object cannot catch a program of the connections */
	struct uh_times times;
	bool has_target; /* there is a route to suggest */
	struct uh_target target;
	struct uh_timed_connect dial; /* of the target */
	bool has_possible; /* there is a target without proof that it is the same service */
	struct uh_target possible;
	struct uh_timed_connect possible_dial; /* of that target */
	struct uh_place place; /* the destination, or a target in its stead, and its greeting */
	bool asked;	       /* place is the destination itself, which answered */
	char *notes;	       /* the reasons, a line each; owned */
};

/*
 * Examines a destination and fills in *hairpin. Looks names up, and connects to the
 * destination, unless it is a candidate, and to possible targets (uh_timed_connect_begin comes
 * before). Returns false if memory ran out (reported). The caller frees hairpin->notes in
 * either case.
 */
bool uh_hairpin_examine(const struct uh_host *host, const struct uh_group *group,
			struct uh_hairpin *hairpin);

#endif
