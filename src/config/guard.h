/* SPDX-License-Identifier: MIT */
/* guard.h: the way out of a parse that libconfuse gives up. */
#ifndef UH_CONFIG_GUARD_H
#define UH_CONFIG_GUARD_H

#include <setjmp.h>

/* Where to go instead of ending the process; set by unhairpin_parse while it runs, else NULL.
 */
extern sigjmp_buf *uh_parse_escape;

#endif
