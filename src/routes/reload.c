/* SPDX-License-Identifier: MIT */
/* reload.c: reads the configuration and publishes its routes as the newest snapshot. */
#include "reload.h"

#include <limits.h>
#include <sys/mman.h>
#include <unistd.h>

#include "prefilter.h"
#include "base/clock.h"
#include "observe/counters.h"
#include "process/environment.h"
#include "table/freshness.h"
#include "base/large.h"
#include "observe/log_setup.h"
#include "process/executable_path.h"
#include "load_routes.h"
#include "observe/log.h"
#include "observe/events.h"
#include "snapshot.h"

static struct uh_cache faulty; /* the last configuration, if it has faults: only its sources */
static bool failed;	       /* the configuration could not be read */
static uint64_t next_attempt;  /* when the next attempt is due: uh_clock_ms */

enum { PAUSE_MS = 1000, PAUSE_AT_MOST_MS = 64000 };

/* Decides once, for all connections, which routes apply to this program. */
static bool judge_programs(struct uh_snapshot *snapshot)
{
	const struct uh_table *table = snapshot->routes.table;
	size_t size = (uh_table_conditions(table) + 7) / 8;
	UH_LARGE static char executable[PATH_MAX]; /* only a thread with the turn comes here */

	snapshot->routes.self.matches_programs = snapshot->inline_bits;
	if (size > sizeof(snapshot->inline_bits)) {
		void *mapped_bits = mmap(NULL, size, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (mapped_bits == MAP_FAILED)
			return false;
		snapshot->routes.self.matches_programs = snapshot->mapped_bits = mapped_bits;
		snapshot->mapped_size = size;
	}
	if (size == 0)
		return true;
	uh_executable_path(executable, sizeof(executable));
	uh_table_judge_programs(table, executable,
				(unsigned char *)snapshot->routes.self.matches_programs);
	return true;
}

/*
 * Logs once that the routes were switched off or on. A new process says it at a lower level: it
 * may be one of many.
 */
static void tell_off(const struct uh_table *table, bool off, bool first)
{
	static bool told;

	if (off == told)
		return;
	told = off;
	uh_log(first ? UH_LOG_INFO : UH_LOG_WARNING, "routes are switched %s %s",
	       off ? "off by" : "on again: there is no", uh_table_off_path(table));
}

/* True if the routes of the newest snapshot are switched off. */
static bool was_off(void)
{
	const struct uh_snapshot *newest = uh_snapshot_newest();

	return newest && newest->routes.self.off;
}

/* Switches the routes of the newest snapshot off or on, as the file says. */
static void look_if_off(void)
{
	struct uh_snapshot *newest = uh_snapshot_newest();
	bool before = was_off(), off;

	if (!newest || !newest->routes.table)
		return;
	off = uh_table_is_off(newest->routes.table, before);
	if (off == before)
		return;
	newest->routes.self.off = off;
	tell_off(newest->routes.table, off, false);
}

static void tell_routes(const struct uh_table *table, bool first)
{
	uint32_t routes = table ? uh_table_routes(table) : 0;

	uh_log(UH_LOG_INFO, "%s%u route%s read",
	       first ? "" : "the configuration changed: ", routes, routes == 1 ? "" : "s");
}

/*
 * Publishes a table (or none) as the newest snapshot, which owns its memory from then on. False
 * if there is no memory, or readers hold all snapshots.
 */
static bool publish(const struct uh_cache *mapped, const struct uh_routes_load_how *how)
{
	struct uh_snapshot *snapshot = uh_snapshot_new();
	const struct uh_prefilter_word *words = NULL;
	uint32_t count = 0;
	bool off;

	if (!snapshot)
		return false;
	snapshot->routes.table = mapped->table;
	snapshot->routes.self.effective_user = geteuid;
	if (mapped->table && !judge_programs(snapshot)) {
		uh_snapshot_discard(snapshot);
		return false;
	}
	snapshot->cache = *mapped;
	off = mapped->table && uh_table_is_off(mapped->table, was_off());
	snapshot->routes.self.off = off;
	if (mapped->table)
		words = uh_table_prefilter(mapped->table, &count);
	uh_log_set_up(mapped->table);
	uh_count_by(mapped->table);
	snapshot->routes.tell = uh_tell;
	snapshot->routes.tell_target = uh_tell_target;
	uh_prefilter_add(words, count);
	uh_snapshot_publish(snapshot);
	uh_prefilter_set(words, count);
	if (!how->routes_told && (mapped->table || !how->first))
		tell_routes(mapped->table, how->first);
	if (mapped->table)
		tell_off(mapped->table, off, how->first);
	if (mapped->table && how->first)
		uh_variables_check();
	return true;
}

/* Logs once that the configuration has faults and the previous routes stay. */
static void tell_faults(bool first, const struct uh_cache *stale)
{
	if (!first)
		uh_log(UH_LOG_ERROR,
		       "the changed configuration has faults; the previous routes "
		       "stay in use; run unhairpin check");
	else if (stale->table)
		uh_log(UH_LOG_ERROR, "the configuration has faults; using the routes that were "
				     "compiled last; run unhairpin check");
	else
		uh_log(UH_LOG_ERROR, "no routes loaded; connections are not redirected");
}

/*
 * No table could be read. Keeps the current snapshot; publishes an empty one only if there is
 * none yet, or the configuration was removed.
 */
static void publish_none(enum uh_routes_load read, const struct uh_routes_load_how *how)
{
	const struct uh_snapshot *newest = uh_snapshot_newest();
	struct uh_cache none = {0};

	if (!newest || (newest->routes.table && read == UH_READ_NOTHING))
		failed |= !publish(&none, how);
	if (!newest && read == UH_READ_NOTHING)
		uh_routes_tell_missing();
}

/*
 * The pause doubles with each failure: a compiler that hangs would otherwise cost a thread up
 * to a second in each second.
 */
static void note_outcome(bool good)
{
	static uint64_t pause;

	failed = !good;
	if (good)
		pause = 0;
	else if (pause < PAUSE_AT_MOST_MS)
		pause = pause ? 2 * pause : PAUSE_MS;
	next_attempt = good ? 0 : uh_clock_ms() + pause;
}

/* Returns true if a table was published. */
static bool read_all(struct uh_routes_load_how how)
{
	struct uh_cache next;
	enum uh_routes_load read;

	uh_cache_unmap(&faulty);
	read = uh_routes_load(how, &next, &faulty);
	if (!how.paused || read != UH_READ_FAILED)
		note_outcome(read != UH_READ_FAILED);
	if (read == UH_READ_FAULTS && !how.faults_told)
		tell_faults(how.first, &next);
	if (next.table && publish(&next, &how))
		return true;
	failed |= next.table != NULL;
	uh_cache_unmap(&next);
	publish_none(read, &how);
	return false;
}

/* Compares the configuration with the one that was read last. */
static enum uh_freshness freshness(void)
{
	const struct uh_snapshot *newest = uh_snapshot_newest();

	if (!newest || failed)
		return UH_CHANGED;
	if (faulty.table)
		return uh_freshness(faulty.table);
	if (newest->routes.table)
		return uh_freshness(newest->routes.table);
	return uh_may_have_routes() ? UH_CHANGED : UH_SAME;
}

uint32_t uh_compile_limit(void)
{
	const struct uh_snapshot *newest = uh_snapshot_newest();

	return newest && newest->routes.table
		   ? uh_table_settings(newest->routes.table)->compile_limit_ms
		   : UH_COMPILE_LIMIT;
}

/*
 * A configuration that is read again only because its files were too young (table/freshness.h)
 * is not logged again.
 */
void uh_routes_reload(void)
{
	enum uh_freshness state = freshness();
	struct uh_routes_load_how how = {
	    .first = !uh_snapshot_newest(),
	    .paused = uh_snapshot_newest() && failed && uh_clock_ms() < next_attempt,
	    .failure_told = failed,
	    .faults_told = state == UH_YOUNG && faulty.table,
	    .routes_told = state == UH_YOUNG && !faulty.table,
	    .limit_ms = uh_compile_limit(),
	};

	if (state == UH_SAME || !read_all(how))
		look_if_off();
}
