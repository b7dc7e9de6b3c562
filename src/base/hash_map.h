/* SPDX-License-Identifier: MIT */
/*
 * hash_map.h: uthash for all our maps. By default uthash ends the program if memory runs out;
 * with HASH_NONFATAL_OOM the hh.tbl of the entry that was to be added is NULL instead.
 */
#ifndef UH_HASH_MAP_H
#define UH_HASH_MAP_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/*
 * Empties the map of head, a variable that is then NULL, and calls release(entry) for each
 * entry in the order of adding. The map's own memory is freed first, so that entries need not
 * be unlinked one by one. Not async-signal-safe.
 */
#define UH_HASH_FREE(head, release)                                                            \
	do {                                                                                   \
		__typeof__(head) uh_at = (head), uh_next;                                      \
                                                                                               \
		HASH_CLEAR(hh, head);                                                          \
		for (; uh_at; uh_at = uh_next) {                                               \
			uh_next = uh_at->hh.next;                                              \
			release(uh_at);                                                        \
		}                                                                              \
	} while (0)

#endif
