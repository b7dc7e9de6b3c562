/* SPDX-License-Identifier: MIT */
/*
 * routes.c: has the routes read on first use and whenever what they were read from has changed.
 *
 * Every second at most one connecting thread looks for changes; the others go on with what is
 * there. Only for the very first read others wait, and then a bounded time. No lock is held
 * that a fork or a signal handler could find held for ever (turn.h).
 */
#include "routes.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "prefilter.h"
#include "process/vfork_child.h"
#include "observe/counters.h"
#include "process/descriptors.h"
#include "process/freeze.h"
#include "socket/replace/epoll_registrations.h"
#include "load_routes.h"
#include "reload.h"
#include "process/turn.h"
#include "process/user_memory.h"
#include "snapshot.h"
#include "socket/fallback.h"

/* How much longer than the compiler may take others wait for the first read. */
enum { SLACK_MS = 200 };

static _Atomic time_t looked; /* the second in which somebody last looked for changes */
static atomic_bool no_file;   /* there is no file whose changes could be noticed */

/* For a thread that connects while it reads the routes itself: what reading calls of libc's may
 * be another preloaded object's. And for one that has waited for the first read in vain. */
static const struct uh_routes no_routes;

/* A task that has changed its view of the files, and not that of the process whose memory it
 * borrows, reads nothing: it would be read for both. */
static void read_first(void)
{
	struct uh_turn turn;

	if (uh_is_confined_vfork_child() ||
	    !uh_turn_begin(&turn, uh_compile_limit() + SLACK_MS))
		return;
	if (!uh_snapshot_newest()) {
		uh_routes_reload();
		atomic_store(&no_file, uh_routes_have_no_file());
	}
	uh_turn_end(&turn);
}

/* If another thread is reading already, there is nothing to do. */
static void look_for_changes(void)
{
	struct uh_turn turn;

	if (uh_is_confined_vfork_child() || !uh_turn_begin(&turn, 0))
		return;
	if (!uh_is_frozen()) {
		if (!no_file)
			uh_routes_reload();
		if (uh_counts())
			uh_count_look();
	}
	uh_turn_end(&turn);
}

/* The thread that moves the second on is the one that looks. */
__attribute__((noinline)) static void attend(time_t before, time_t now)
{
	bool first = !uh_snapshot_newest();

	if (first)
		read_first();
	if (atomic_compare_exchange_strong(&looked, &before, now) && !first &&
	    !uh_is_frozen() && (!no_file || uh_counts()))
		look_for_changes();
}

/*
 * The clock of time(2) is a load away (vDSO), and if it's set, that is one more look: nothing
 * else is asked of it.
 */
static inline void look(void)
{
	time_t before = atomic_load_explicit(&looked, memory_order_acquire), now = time(NULL);

	if (__builtin_expect(now != before, 0))
		attend(before, now);
}

void uh_routes_read(void)
{
	if (!uh_snapshot_newest())
		read_first();
}

const struct uh_routes *uh_routes_acquire(void)
{
	const struct uh_routes *routes;

	uh_routes_read();
	look();
	routes = uh_snapshot_acquire();
	return routes ? routes : &no_routes;
}

void uh_routes_release(const struct uh_routes *routes)
{
	if (routes != &no_routes)
		uh_snapshot_release(routes);
}

/* Out of line: most connections never come here. */
__attribute__((noinline)) static void search(struct uh_decision *decision,
					     enum uh_protocol protocol)
{
	const struct uh_routes *routes = uh_snapshot_acquire();

	if (!routes)
		return;
	if (routes->table && uh_table_concerns(routes->table, &decision->asked, protocol,
					       &routes->self, &decision->route))
		decision->routes = routes;
	else
		uh_snapshot_release(routes);
}

/* The address comes first: no routes are read for a connection to a Unix socket. */
__attribute__((noinline)) struct uh_decision uh_routes_decide(int fd,
							      const struct sockaddr *address,
							      socklen_t length,
							      enum uh_protocol protocol)
{
	struct uh_decision decision = {.routes = NULL};

	decision.is_ip = uh_parse_destination(fd, address, length, &decision.asked);
	if (decision.is_ip) {
		look();
		if (uh_prefilter(&decision.asked.address))
			search(&decision, protocol);
	}
	return decision;
}

bool uh_routes_query_name(struct uh_name_query *query)
{
	const struct uh_routes *routes = uh_routes_acquire();
	bool found = uh_names_query(routes->table, &routes->self, query);

	uh_routes_release(routes);
	return found;
}

bool uh_name_of_stand_in(const struct uh_address *address, char *name)
{
	const struct uh_routes *routes = uh_routes_acquire();
	const char *found = routes->table ? uh_table_stands_for(routes->table, address) : NULL;

	if (found)
		strcpy(name, found);
	uh_routes_release(routes);
	return found;
}

/* Learns what routed connections need to know of the process, while the kernel still tells. */
static void learn_process(void)
{
	const struct uh_snapshot *newest = uh_snapshot_newest();

	if (!newest || !newest->routes.table)
		return;
	uh_epoll_learn();
	uh_learn_limit();
}

/* Nobody but a thread with the turn ends the newest version. */
static void learn_slots(void)
{
	const struct uh_snapshot *newest = uh_snapshot_newest();

	if (newest && newest->routes.table && uh_counts() && !uh_is_frozen())
		uh_count_learn(newest->routes.table);
}

/* Waits for a thread that reads at this moment, so that no file is opened once this returns. */
void uh_routes_freeze(void)
{
	struct uh_turn turn;
	bool has_turn;

	uh_routes_read();
	learn_process();
	has_turn = uh_turn_begin(&turn, uh_compile_limit() + SLACK_MS);
	if (has_turn)
		learn_slots();
	uh_freeze();
	if (has_turn)
		uh_turn_end(&turn);
}

/* For pthread_cleanup_push(3): a cancelled thread must not keep its snapshot. */
static void release(void *routes)
{
	uh_routes_release(routes);
}

static socklen_t find_real_name(bool to_bind, int fd, const struct sockaddr *address,
				socklen_t length, struct sockaddr_storage *real)
{
	const struct uh_routes *routes;
	struct uh_endpoint asked;
	socklen_t found;

	if (!uh_parse_destination(fd, address, length, &asked))
		return 0;
	look();
	if (!uh_prefilter(&asked.address))
		return 0;
	routes = uh_routes_acquire();
	/* A name may be looked up now, which is a cancellation point. */
	pthread_cleanup_push(release, (void *)routes);
	found = 0;
	if (routes->table)
		found = to_bind ? uh_real_name_to_bind(routes, &asked, address, real)
				: uh_real_name(routes, fd, &asked, address, real);
	pthread_cleanup_pop(0);
	uh_routes_release(routes);
	return found;
}

socklen_t uh_real_name_of(int fd, const struct sockaddr *address, socklen_t length,
			  struct sockaddr_storage *real)
{
	return uh_name_cache_any() ? find_real_name(false, fd, address, length, real) : 0;
}

socklen_t uh_real_name_to_bind_of(int fd, const struct sockaddr *address, socklen_t length,
				  struct sockaddr_storage *real)
{
	return find_real_name(true, fd, address, length, real);
}
