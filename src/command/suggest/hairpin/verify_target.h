/* SPDX-License-Identifier: MIT */
/* verify_target.h: probes a target, and compares it with the destination. */
#ifndef UH_VERIFY_TARGET_H
#define UH_VERIFY_TARGET_H

#include "hairpin.h"

/*
 * Asks the destination for its greeting (uh_greet): sets place, and asked if it answers. If it
 * does not answer from here, notes say so, and the target otherwise is asked instead. In place
 * of a stand-in the address that its name has here is asked, and in place of a candidate,
 * because it may be anybody's, the target otherwise.
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

/* Makes the target a possible one, unless there is one already that is no worse. */
void uh_hairpin_demote(struct uh_hairpin *hairpin);

/* Makes the target a possible one, with the reason written to notes. */
void uh_hairpin_doubt(struct uh_hairpin *hairpin, FILE *notes, const char *why);

#endif
