/* SPDX-License-Identifier: MIT */
/* snapshot.h: versions of the routes of this process, counted by their readers. */
#ifndef UH_SNAPSHOT_H
#define UH_SNAPSHOT_H

#include <stdatomic.h>

#include "load/cache.h"
#include "socket/decision.h"

enum { UH_SNAPSHOTS = 64, UH_HELD = 4, UH_FEW_CONDITIONS = 512 };

/*
 * One version of the routes. After uh_snapshot_publish it does not change; its memory is freed
 * when a newer one is published and its last reader has left.
 */
struct uh_snapshot {
	struct uh_routes routes; /* first, because readers pass a pointer to it back */
	struct uh_cache cache;
	unsigned char
	    inline_bits[UH_FEW_CONDITIONS / 8]; /* for routes.self.matches_programs, or */
	unsigned char *mapped_bits;		/* a mapping, if there are more; else NULL */
	size_t mapped_size;
	_Atomic uint64_t state;
};

/*
 * uh_snapshot_acquire returns the routes of the newest snapshot, or NULL before the first one
 * is published. They do not change until uh_snapshot_release is called with them (only self.off
 * may). Takes no lock
 * and never waits. A thread may hold UH_HELD at once (a call, and the signal handlers that
 * interrupt it); one more releases the oldest, because the call that held it was left by
 * siglongjmp(3). Async-signal-safe.
 */
const struct uh_routes *uh_snapshot_acquire(void);
void uh_snapshot_release(const struct uh_routes *routes);

/*
 * For one writer at a time. uh_snapshot_new returns an empty snapshot to fill, or NULL if
 * readers hold all UH_SNAPSHOTS. uh_snapshot_publish makes it the newest; uh_snapshot_discard
 * frees it instead, with its memory. uh_snapshot_newest returns the one that was published
 * last, or NULL. Async-signal-safe.
 */
struct uh_snapshot *uh_snapshot_new(void);
void uh_snapshot_publish(struct uh_snapshot *snapshot);
void uh_snapshot_discard(struct uh_snapshot *snapshot);
struct uh_snapshot *uh_snapshot_newest(void);

/*
 * For a child of fork(2), before anything else: removes the readers of threads that the child
 * does not have. Async-signal-safe.
 */
void uh_snapshots_after_fork(void);

#endif
