/* SPDX-License-Identifier: MIT */
/*
 * hash_map.h: uthash as each of our maps uses it. Without the first line it would end the
 * program when memory runs out; with it the hh.tbl of an entry that was added is NULL then.
 */
#ifndef UH_HASH_MAP_H
#define UH_HASH_MAP_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/*
 * Empties the map of head, a variable that is NULL afterwards, and calls release(entry) for
 * each entry in the order of adding. The map's own memory goes first: then the entries need not
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
