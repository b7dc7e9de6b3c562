/* SPDX-License-Identifier: MIT */
/* snapshot.h: the routes of this process, of which a reader may use an older version for a
 * while.
 */
#ifndef UH_SNAPSHOT_H
#define UH_SNAPSHOT_H

#include <stdatomic.h>

#include "load/cache.h"
#include "socket/decision.h"

enum { UH_SNAPSHOTS = 64, UH_HELD = 4, UH_FEW_CONDITIONS = 512 };

/*
 * One version. From uh_snapshot_publish on nothing in it changes until its last reader has left
 * and a newer one is there: then its memory goes.
 */
struct uh_snapshot {
	struct uh_routes routes; /* first: a version is found from what readers have of it */
	struct uh_cache mapped;
	unsigned char
	    inline_bits[UH_FEW_CONDITIONS / 8]; /* for routes.self.matches_programs, or */
	unsigned char *verdict;			/* a mapping for many, or NULL */
	size_t verdict_size;
	_Atomic uint64_t state;
};

/*
 * The newest version's routes, which stay as they are until uh_snapshot_release is called with
 * them; NULL before the first version is published. Takes no lock and never waits. A thread may
 * hold UH_HELD at once (a call and the signal handlers that interrupt it); if more are held,
 * the first is given back, because the call that held it has been left by siglongjmp(3).
 * Async-signal-safe.
 */
const struct uh_routes *uh_snapshot_acquire(void);
void uh_snapshot_release(const struct uh_routes *routes);

/*
 * For one writer at a time. uh_snapshot_new gives an empty version to fill, or NULL when
 * readers hold all that there are; uh_snapshot_publish makes it the one that readers get from
 * now on. uh_snapshot_discard gives it back instead, with its memory. uh_snapshot_newest is
 * what was published last, or NULL. Async-signal-safe.
 */
struct uh_snapshot *uh_snapshot_new(void);
void uh_snapshot_publish(struct uh_snapshot *version);
void uh_snapshot_discard(struct uh_snapshot *version);
struct uh_snapshot *uh_snapshot_newest(void);

/*
 * In a forked child, before it does anything else: the readers of other threads are not there.
 */
void uh_snapshots_after_fork(void);

#endif
