/* SPDX-License-Identifier: MIT */
/*
 * routes.c: has the routes read at first use, and again after the configuration has changed.
 *
 * In each second at most one connecting thread checks for changes; the others use the current
 * snapshot. Only for the very first read do other threads wait, and then a bounded time. No
 * lock is held that a fork or a signal handler could find held for ever (turn.h).
 */
#include "routes.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "libc/bind_early.h"
#include "prefilter.h"
#include "process/vfork_child.h"
#include "observe/counters.h"
#include "observe/datagrams.h"
#include "observe/trace_channel.h"
#include "process/descriptors.h"
#include "process/freeze.h"
#include "socket/replace/epoll_registrations.h"
#include "load_routes.h"
#include "reload.h"
#include "process/turn.h"
#include "process/user_memory.h"
#include "snapshot.h"
#include "socket/fallback.h"

/* Other threads wait for the first read so much longer than the compiler may take. */
enum { SLACK_MS = 200 };

static _Atomic time_t last_check; /* the second of the last check for changes */
static atomic_bool no_file;	  /* no file has to be checked for changes */

/*
 * For a thread that calls connect() while it is itself reading the configuration (through
 * another preloaded object that replaces a libc function), or that has waited in vain for the
 * first read.
 */
static const struct uh_routes no_routes;

/*
 * A child of vfork(2) that has confined itself reads nothing, because the result would also be
 * its parent's.
 */
static void read_first(void)
{
	struct uh_turn turn;

	if (uh_is_confined_vfork_child() ||
	    !uh_turn_begin(&turn, uh_compile_limit() + SLACK_MS))
		return;
	if (!uh_snapshot_newest()) {
		uh_routes_reload();
		atomic_store(&no_file, uh_routes_have_no_file());
		if (!uh_is_frozen())
			uh_trace_look();
	}
	uh_turn_end(&turn);
}

/* If another thread is already looking, returns at once. */
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
		uh_trace_look();
	}
	uh_turn_end(&turn);
}

/* The thread that wins the compare-and-swap checks for changes. */
__attribute__((noinline)) static void check_this_second(time_t before, time_t now)
{
	bool first = !uh_snapshot_newest();

	if (first)
		read_first();
	if (atomic_compare_exchange_strong(&last_check, &before, now) && !first &&
	    !uh_is_frozen())
		look_for_changes();
}

/* Checks for changes once a second. time(2) is a load (vDSO). */
static inline void check_once_a_second(void)
{
	time_t before = atomic_load_explicit(&last_check, memory_order_acquire),
	       now = time(NULL);

	if (__builtin_expect(now != before, 0))
		check_this_second(before, now);
}

void uh_routes_read(void)
{
	if (!uh_snapshot_newest())
		read_first();
}

const struct uh_routes *uh_routes_acquire_current(void)
{
	const struct uh_routes *routes = uh_snapshot_acquire();

	return routes ? routes : &no_routes;
}

const struct uh_routes *uh_routes_acquire(void)
{
	uh_routes_read();
	check_once_a_second();
	return uh_routes_acquire_current();
}

void uh_routes_release(const struct uh_routes *routes)
{
	if (routes != &no_routes)
		uh_snapshot_release(routes);
}

void uh_routes_cleanup(void *routes)
{
	uh_routes_release(routes);
}

/* Out of line: most connections stop at the prefilter. */
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

/* The address is parsed first: no routes are read for a connection to a Unix socket. */
__attribute__((noinline)) struct uh_decision uh_routes_decide(int fd,
							      const struct sockaddr *address,
							      socklen_t length,
							      enum uh_protocol protocol)
{
	struct uh_decision decision = {.routes = NULL};

	decision.is_ip = uh_parse_destination(fd, address, length, &decision.asked);
	if (decision.is_ip) {
		check_once_a_second();
		if (uh_prefilter(&decision.asked.address))
			search(&decision, protocol);
	}
	return decision;
}

__attribute__((noinline)) bool uh_routes_may_match(int fd, const struct sockaddr *address,
						   socklen_t length, struct uh_endpoint *asked)
{
	uh_bind_calls();
	if (!uh_parse_destination(fd, address, length, asked))
		return false;
	check_once_a_second();
	return uh_prefilter(&asked->address);
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

/* If another thread is reading, waits for it, so that no file is opened after the return. */
void uh_routes_freeze(void)
{
	const struct uh_snapshot *newest;
	struct uh_turn turn;
	bool has_turn;

	uh_routes_read();
	newest = uh_snapshot_newest();
	if (newest && newest->routes.table) {
		/* Routed connections need it, and the kernel may refuse to answer later. */
		uh_epoll_note_all();
		uh_remember_fd_limit();
	}
	has_turn = uh_turn_begin(&turn, uh_compile_limit() + SLACK_MS);
	/* Only a thread with the turn replaces the newest snapshot, so it stays valid here. */
	newest = has_turn ? uh_snapshot_newest() : NULL;
	if (newest && newest->routes.table && uh_counts() && !uh_is_frozen())
		uh_count_learn(newest->routes.table);
	uh_datagrams_flush();
	uh_freeze();
	if (has_turn)
		uh_turn_end(&turn);
}

static socklen_t find_real_name(bool to_bind, int fd, const struct sockaddr *address,
				socklen_t length, struct sockaddr_storage *real)
{
	const struct uh_routes *routes;
	struct uh_endpoint asked;
	socklen_t found;

	if (!uh_routes_may_match(fd, address, length, &asked))
		return 0;
	routes = uh_routes_acquire();
	/* The name may be looked up now, which is a cancellation point. */
	pthread_cleanup_push(uh_routes_cleanup, (void *)routes);
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
