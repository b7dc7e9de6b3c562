/* SPDX-License-Identifier: MIT */
/*
 * sandbox.c: calls by which a program gives up rights or changes its view of the file system.
 *
 * The configuration may be unreadable or different afterwards, so the routes are read before
 * the call. A seccomp filter may end the program for an unexpected system call; therefore no
 * file is opened after the program has entered seccomp, or has announced it by
 * PR_SET_NO_NEW_PRIVS.
 *
 * A child of vfork(2) confines itself and not its parent, whose memory it shares
 * (vfork_child.h). The parent's routes stay as they are; the child reads none from then on.
 */
#include <sched.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "observe/counters.h"
#include "observe/datagrams.h"
#include "observe/outcome.h"
#include "process/vfork_child.h"
#include "process/seccomp_filter.h"
#include "process/freeze.h"
#include "export.h"
#include "libc/libc.h"
#include "socket/state/asked_addresses.h"
#include "socket/state/records.h"
#include "routes/routes.h"
#include "observe/trace_channel.h"

/*
 * Called before the program changes its user or its view of the file system. False if this
 * memory is another process's, so that its state must not change.
 */
static bool read_routes(void)
{
	uh_routes_read();
	if (!uh_is_vfork_child(uh_thread_id()))
		return true;
	uh_vfork_child_confines();
	return false;
}

/*
 * Called before a call that confines the program. Returns true if the routes are frozen now;
 * false for a child of vfork(2).
 */
static bool freeze_routes(void)
{
	bool own = read_routes();

	if (own)
		uh_routes_freeze();
	return own;
}

/* Returns the result of the call, and takes the freeze back if the call failed. */
static int unfreeze_if_failed(bool frozen, int result)
{
	if (frozen && result != 0)
		uh_unfreeze();
	return result;
}

/* Called before the program changes its user: the old user's file gets the datagrams so far. */
static bool begin_user(void)
{
	bool own = read_routes();

	if (own)
		uh_datagrams_flush();
	return own;
}

/* Returns the result of the call that changes the user. */
static int end_user(bool own, int result)
{
	if (own && result == 0)
		uh_count_user_changes();
	return result;
}

UH_EXPORT int chroot(const char *path)
{
	bool frozen = freeze_routes();

	return unfreeze_if_failed(frozen, uh_libc_chroot()(path));
}

UH_EXPORT int setuid(uid_t user)
{
	bool own = begin_user();

	return end_user(own, uh_libc_setuid()(user));
}

UH_EXPORT int seteuid(uid_t user)
{
	bool own = begin_user();

	return end_user(own, uh_libc_seteuid()(user));
}

UH_EXPORT int setreuid(uid_t real, uid_t effective)
{
	bool own = begin_user();

	return end_user(own, uh_libc_setreuid()(real, effective));
}

UH_EXPORT int setresuid(uid_t real, uid_t effective, uid_t saved)
{
	bool own = begin_user();

	return end_user(own, uh_libc_setresuid()(real, effective, saved));
}

/* Tasks with different descriptor tables will use what is remembered of sockets. */
static void set_tables_shared(void)
{
	uh_records_set_shared();
	uh_asked_set_shared();
}

UH_EXPORT int unshare(int flags)
{
	bool frozen = false;
	int result;

	if (flags & CLONE_FILES)
		set_tables_shared();
	if (flags & (CLONE_NEWNS | CLONE_NEWUSER))
		frozen = freeze_routes();
	else
		read_routes();
	result = unfreeze_if_failed(frozen, uh_libc_unshare()(flags));
	if (flags & CLONE_FILES)
		set_tables_shared();
	return result;
}

#ifdef CLOSE_RANGE_UNSHARE
/* CLOSE_RANGE_CLOEXEC, which some libcs declare only in linux/close_range.h. */
#define CLOEXEC 4

/* With CLOSE_RANGE_UNSHARE it also does what unshare(2) does with CLONE_FILES. */
UH_EXPORT int close_range(unsigned first, unsigned last, int flags)
{
	int result;

	if (uh_traces() && !(flags & CLOEXEC))
		uh_awaited_closing_range(first, last);
	if (!(flags & (int)CLOSE_RANGE_UNSHARE))
		return uh_libc_close_range()(first, last, flags);
	set_tables_shared();
	result = uh_libc_close_range()(first, last, flags);
	set_tables_shared();
	return result;
}
#endif

/* type 0 allows any kind of namespace, a mount namespace included. */
UH_EXPORT int setns(int fd, int type)
{
	bool frozen = freeze_routes();

	return unfreeze_if_failed(frozen, uh_libc_setns()(fd, type));
}

UH_EXPORT int prctl(int option, ...)
{
	unsigned long argument[4];
	va_list arguments;
	int result;
	bool frozen;

	va_start(arguments, option);
	for (int i = 0; i < 4; i++)
		argument[i] = va_arg(arguments, unsigned long);
	va_end(arguments);
	if (option != PR_SET_SECCOMP && option != PR_SET_NO_NEW_PRIVS)
		return uh_libc_prctl()(option, argument[0], argument[1], argument[2],
				       argument[3]);
	frozen = freeze_routes();
	result = unfreeze_if_failed(frozen, uh_libc_prctl()(option, argument[0], argument[1],
							    argument[2], argument[3]));
	if (frozen && result == 0)
		uh_confine();
	return result;
}
