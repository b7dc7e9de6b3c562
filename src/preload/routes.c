/* SPDX-License-Identifier: MIT */
/*
 * routes.c: has the routes read on first use and whenever what they were read from has changed.
 *
 * Every second at most one connecting thread looks for changes; the others go on with what is
 * there. Whoever reads works with all signals blocked, so that no handler of its own thread can
 * come back here, and a fork waits for it (pthread_atfork), so that no child finds the work
 * half done. Only for the very first read others wait.
 */
#include "routes.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "beginnings.h"
#include "descriptors.h"
#include "read.h"
#include "renew.h"
#include "user_memory.h"
#include "versions.h"

static _Atomic time_t looked; /* the second in which somebody last looked for changes */
static atomic_int kept;	      /* not 0: what was read holds for good */
static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER;
static pid_t reader; /* under the lock: the process that read last; -1 in a forked child */

static _Atomic(uintptr_t) holder;	 /* the thread that holds the lock, or 0 */
static bool held_for_fork;		 /* under the lock */
static const struct uh_routes no_routes; /* while a thread reads them that connects itself */

static uintptr_t this_thread(void)
{
	return (uintptr_t)pthread_self();
}

/*
 * False where this very thread holds the lock: what reading calls of libc's may be another
 * preloaded object's, and that may connect, or fork.
 */
static bool lock(void)
{
	if (atomic_load(&holder) == this_thread())
		return false;
	pthread_mutex_lock(&reading);
	atomic_store(&holder, this_thread());
	return true;
}

static void unlock(void)
{
	atomic_store(&holder, 0);
	pthread_mutex_unlock(&reading);
}

static void lock_for_fork(void)
{
	held_for_fork = lock();
}

static void unlock_after_fork(void)
{
	if (held_for_fork)
		unlock();
}

static void begin_child(void)
{
	uh_versions_forked();
	reader = -1;
	unlock_after_fork();
}

/*
 * From the start, not with the first read: a fork that is under way when the handlers are
 * registered calls none of them. No system call is made, nothing is allocated.
 */
__attribute__((constructor)) static void hold_forks(void)
{
	pthread_atfork(lock_for_fork, unlock_after_fork, begin_child);
}

/* What a thread that reads is kept from. */
struct calm {
	sigset_t signals;
	int saved_errno, cancel_state;
};

static void begin_calm(struct calm *calm)
{
	sigset_t all;

	calm->saved_errno = errno;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &calm->signals);
	calm->cancel_state = uh_hold_cancel();
}

static void end_calm(const struct calm *calm)
{
	uh_release_cancel(calm->cancel_state);
	pthread_sigmask(SIG_SETMASK, &calm->signals, NULL);
	errno = calm->saved_errno;
}

static void read_first(void)
{
	struct calm calm;

	begin_calm(&calm);
	if (lock()) {
		if (!uh_version_newest()) {
			uh_renew(&calm.signals);
			reader = getpid();
			if (uh_reads_no_file())
				kept++;
		}
		unlock();
	}
	end_calm(&calm);
}

/*
 * A child that was made without fork(3), as by vfork(2), has its parent's memory: what it loads
 * there may not be undone if it is killed or runs another program. It goes on with what it has.
 * But who has read before, and isn't the parent, is gone.
 */
static bool may_read(void)
{
	pid_t own = getpid();

	if (own != reader && getppid() == reader)
		return false;
	reader = own;
	return !kept && !uh_is_confined();
}

/* Whoever finds somebody else reading has nothing to do. */
static void look_for_changes(void)
{
	struct calm calm;

	begin_calm(&calm);
	if (pthread_mutex_trylock(&reading) == 0) {
		atomic_store(&holder, this_thread());
		if (may_read())
			uh_renew(&calm.signals);
		unlock();
	}
	end_calm(&calm);
}

/* Whoever moves the second on is who looks. */
__attribute__((noinline)) static void attend(time_t before, time_t now)
{
	bool first = !uh_version_newest();

	if (first)
		read_first();
	if (atomic_compare_exchange_strong(&looked, &before, now) && !first && !kept)
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

bool uh_routes_may_hold(const struct uh_address *address)
{
	look();
	return uh_may_begin(address);
}

void uh_routes_read(void)
{
	if (!uh_version_newest())
		read_first();
}

const struct uh_routes *uh_routes_hold(void)
{
	const struct uh_routes *routes;

	uh_routes_read();
	look();
	routes = uh_version_hold();
	return routes ? routes : &no_routes;
}

void uh_routes_release(const struct uh_routes *routes)
{
	if (routes != &no_routes)
		uh_version_release(routes);
}

/* Out of line: most connections never come here. */
__attribute__((noinline)) static bool match(const struct uh_endpoint *asked,
					    enum uh_protocol protocol)
{
	const struct uh_routes *routes = uh_routes_hold();
	bool found =
	    routes->table && uh_table_concerns(routes->table, asked, protocol, &routes->self);

	uh_routes_release(routes);
	return found;
}

bool uh_routes_match(const struct uh_endpoint *asked, enum uh_protocol protocol)
{
	return uh_routes_may_hold(&asked->address) && match(asked, protocol);
}

bool uh_routes_look_up(const struct uh_wish *wish, struct uh_look_up *look_up)
{
	const struct uh_routes *routes = uh_routes_hold();
	bool found = uh_look_up_begin(routes->table, &routes->self, wish, look_up);

	uh_routes_release(routes);
	return found;
}

bool uh_routes_name(const struct uh_address *address, char *name)
{
	const struct uh_routes *routes = uh_routes_hold();
	const char *found = routes->table ? uh_table_stands_for(routes->table, address) : NULL;

	if (found)
		strcpy(name, found);
	uh_routes_release(routes);
	return found;
}

/* Whoever reads at this moment is waited for, so that no file is opened once this returns. */
void uh_routes_keep(void)
{
	struct calm calm;

	uh_routes_read();
	kept++;
	begin_calm(&calm);
	if (lock())
		unlock();
	end_calm(&calm);
}

void uh_routes_keep_no_more(void)
{
	kept--;
}

bool uh_asks_for(int fd, const struct sockaddr *address, socklen_t length,
		 struct uh_endpoint *asked)
{
	/* The least is a sockaddr_in, the most what the kernel takes (move_addr_to_kernel). */
	if (length < 16 || length > sizeof(struct sockaddr_storage) ||
	    !uh_readable(fd, address, length))
		return false;
	return uh_endpoint_from_sockaddr(address, length, asked);
}

void uh_routes_let_go(void *routes)
{
	uh_routes_release(routes);
}

/* uh_real_name or uh_real_name_to_bind. */
typedef socklen_t find_real_name(const struct uh_routes *routes, int fd,
				 const struct uh_endpoint *asked,
				 const struct sockaddr *address, struct sockaddr_storage *real);

/* The name may be looked up in there, which is a cancellation point. */
static socklen_t real_name_held(find_real_name *find, const struct uh_routes *routes, int fd,
				const struct uh_endpoint *asked, const struct sockaddr *address,
				struct sockaddr_storage *real)
{
	socklen_t found;

	pthread_cleanup_push(uh_routes_let_go, (void *)routes);
	found = find(routes, fd, asked, address, real);
	pthread_cleanup_pop(0);
	return found;
}

static socklen_t real_name(find_real_name *find, int fd, const struct sockaddr *address,
			   socklen_t length, struct sockaddr_storage *real)
{
	const struct uh_routes *routes;
	struct uh_endpoint asked;
	socklen_t found;

	if (!uh_asks_for(fd, address, length, &asked) || !uh_routes_may_hold(&asked.address))
		return 0;
	routes = uh_routes_hold();
	found = routes->table ? real_name_held(find, routes, fd, &asked, address, real) : 0;
	uh_routes_release(routes);
	return found;
}

socklen_t uh_real_name_of(int fd, const struct sockaddr *address, socklen_t length,
			  struct sockaddr_storage *real)
{
	return uh_known_any() ? real_name(uh_real_name, fd, address, length, real) : 0;
}

socklen_t uh_real_name_to_bind_of(int fd, const struct sockaddr *address, socklen_t length,
				  struct sockaddr_storage *real)
{
	return real_name(uh_real_name_to_bind, fd, address, length, real);
}
