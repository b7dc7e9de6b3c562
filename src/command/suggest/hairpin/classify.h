/* SPDX-License-Identifier: MIT */
/* classify.h: decides whether a destination is a hairpin. */
#ifndef UH_CLASSIFY_H
#define UH_CLASSIFY_H

#include "hairpin.h"

/* The class of a destination, with the reason written to notes: the first step of
 * uh_hairpin_examine. Looks names up. */
enum uh_hairpin_class uh_hairpin_classify(const struct uh_host *host,
					  struct uh_hairpin *hairpin, FILE *notes);

#endif
