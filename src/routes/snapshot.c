/* SPDX-License-Identifier: MIT */
/*
 * snapshot.c: hands out the newest snapshot of the routes, and frees an old one after its last
 * reader.
 *
 * The state of a snapshot is one word, so that the thread that frees it can say exactly which
 * state it saw:
 *
 *   turn << 32 | USED | RETIRED | readers
 *
 * A reader adds itself to the newest snapshot, then checks that it is still the newest; if not,
 * it leaves and starts again. So a reader may be counted for a moment in a snapshot that it
 * doesn't use. That is harmless: a snapshot is freed by the change from (turn, RETIRED, no
 * reader), which can succeed only once, because a turn never returns.
 */
#include "snapshot.h"
#include "base/large.h"

#include <errno.h>
#include <sys/mman.h>

#define READERS UINT64_C(0x00ffffff)
#define RETIRED UINT64_C(0x01000000)
#define USED UINT64_C(0x02000000)
#define TURN UINT64_C(0x100000000)

UH_LARGE_FIRST static struct uh_snapshot snapshots[UH_SNAPSHOTS];
static _Atomic(struct uh_snapshot *) newest;

/*
 * The snapshots that this thread holds: more than one if a signal handler connects too. A call
 * that a handler left by siglongjmp(3) never releases its snapshot. Therefore this is a ring
 * whose last `held` places are in use; a place that is reused releases the snapshot that was
 * left there. It lies in the thread's initial TLS block, so that a handler can use it.
 */
static _Thread_local struct {
	unsigned held;
	struct uh_snapshot *snapshot[UH_HELD];
} own __attribute__((tls_model("initial-exec")));

static void drop_memory(struct uh_snapshot *snapshot)
{
	int saved = errno;

	uh_cache_unmap(&snapshot->cache);
	if (snapshot->mapped_bits)
		munmap(snapshot->mapped_bits, snapshot->mapped_size);
	errno = saved;
}

/* Frees the snapshot if it is retired and has no readers. state: its value when last seen. */
static void end(struct uh_snapshot *snapshot, uint64_t state)
{
	if ((state & (RETIRED | READERS)) != RETIRED)
		return;
	if (!atomic_compare_exchange_strong(&snapshot->state, &state,
					    (state & ~RETIRED) + TURN))
		return;
	drop_memory(snapshot);
	atomic_fetch_and(&snapshot->state, ~USED);
}

static void leave(struct uh_snapshot *snapshot)
{
	end(snapshot, atomic_fetch_sub(&snapshot->state, 1) - 1);
}

static void note_acquired(struct uh_snapshot *snapshot)
{
	struct uh_snapshot **place = &own.snapshot[own.held++ % UH_HELD], *left = *place;

	*place = snapshot;
	if (left)
		leave(left);
}

const struct uh_routes *uh_snapshot_acquire(void)
{
	struct uh_snapshot *snapshot = atomic_load(&newest);

	if (!snapshot)
		return NULL;
	for (;;) {
		struct uh_snapshot *now;

		atomic_fetch_add(&snapshot->state, 1);
		now = atomic_load(&newest);
		if (now == snapshot)
			break;
		leave(snapshot);
		snapshot = now;
	}
	note_acquired(snapshot);
	return &snapshot->routes;
}

void uh_snapshot_release(const struct uh_routes *routes)
{
	own.snapshot[--own.held % UH_HELD] = NULL;
	leave((struct uh_snapshot *)routes);
}

struct uh_snapshot *uh_snapshot_newest(void)
{
	return atomic_load(&newest);
}

struct uh_snapshot *uh_snapshot_new(void)
{
	for (size_t i = 0; i < UH_SNAPSHOTS; i++) {
		struct uh_snapshot *snapshot = &snapshots[i];

		if (atomic_load(&snapshot->state) & USED)
			continue;
		atomic_fetch_or(&snapshot->state, USED);
		snapshot->routes = (struct uh_routes){0};
		snapshot->cache = (struct uh_cache){0};
		snapshot->mapped_bits = NULL;
		return snapshot;
	}
	return NULL;
}

static void retire(struct uh_snapshot *snapshot)
{
	end(snapshot, atomic_fetch_or(&snapshot->state, RETIRED) | RETIRED);
}

void uh_snapshot_publish(struct uh_snapshot *snapshot)
{
	struct uh_snapshot *before = atomic_exchange(&newest, snapshot);

	if (before)
		retire(before);
}

void uh_snapshot_discard(struct uh_snapshot *snapshot)
{
	retire(snapshot);
}

static uint64_t held_here(const struct uh_snapshot *snapshot)
{
	uint64_t held = 0;

	for (size_t i = 0; i < UH_HELD; i++)
		held += own.snapshot[i] == snapshot;
	return held;
}

/*
 * The handler that called fork(2) may have interrupted a reader, so the snapshots of this
 * thread stay held.
 */
void uh_snapshots_after_fork(void)
{
	for (size_t i = 0; i < UH_SNAPSHOTS; i++) {
		struct uh_snapshot *snapshot = &snapshots[i];
		uint64_t others =
		    (atomic_load(&snapshot->state) & READERS) - held_here(snapshot);

		end(snapshot, atomic_fetch_sub(&snapshot->state, others) - others);
	}
}
