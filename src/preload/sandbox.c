/* SPDX-License-Identifier: MIT */
/*
 * sandbox.c: calls with which a program gives up rights or its view of the file system.
 *
 * Afterwards the configuration may be out of reach, or another, so the routes are read before.
 * A program that enters seccomp (or says with PR_SET_NO_NEW_PRIVS that it is about to) may be
 * ended for a system call that it doesn't expect: from then on no file is opened.
 *
 * A child of vfork(2) confines itself and not its parent, whose routes it finds in the memory
 * that both have (vfork_child.h). They go on as they were; the child reads none from then on.
 */
#include <sched.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "observe/outcome.h"
#include "process/vfork_child.h"
#include "process/seccomp_filter.h"
#include "process/freeze.h"
#include "export.h"
#include "libc/libc.h"
#include "socket/state/records.h"
#include "routes/routes.h"
#include "observe/trace_sender.h"

/* Before a call that changes the user. False if what was read is another process's. */
static bool read_routes(void)
{
	uh_routes_read();
	if (!uh_is_vfork_child(uh_task()))
		return true;
	uh_vfork_child_confines();
	return false;
}

/* Before a call that should confine the program: what was read holds for good, if that is the
 * program's own. Returns whether it does. */
static bool keep(void)
{
	bool own = read_routes();

	if (own)
		uh_routes_freeze();
	return own;
}

/* The result of the call. */
static int confined(bool kept, int result)
{
	if (kept && result != 0)
		uh_unfreeze();
	return result;
}

UH_EXPORT int chroot(const char *path)
{
	bool kept = keep();

	return confined(kept, uh_libc_chroot()(path));
}

UH_EXPORT int setuid(uid_t user)
{
	read_routes();
	return uh_libc_setuid()(user);
}

UH_EXPORT int seteuid(uid_t user)
{
	read_routes();
	return uh_libc_seteuid()(user);
}

UH_EXPORT int setreuid(uid_t real, uid_t effective)
{
	read_routes();
	return uh_libc_setreuid()(real, effective);
}

UH_EXPORT int setresuid(uid_t real, uid_t effective, uid_t saved)
{
	read_routes();
	return uh_libc_setresuid()(real, effective, saved);
}

UH_EXPORT int unshare(int flags)
{
	bool kept = false;
	int result;

	if (flags & CLONE_FILES)
		uh_records_share();
	if (flags & (CLONE_NEWNS | CLONE_NEWUSER))
		kept = keep();
	else
		read_routes();
	result = confined(kept, uh_libc_unshare()(flags));
	if (flags & CLONE_FILES)
		uh_records_share();
	return result;
}

#ifdef CLOSE_RANGE_UNSHARE
/* CLOSE_RANGE_CLOEXEC, which some libcs leave to linux/close_range.h. */
#define CLOEXEC 4

/* Only with that flag it is a call as unshare(2) with CLONE_FILES is. */
UH_EXPORT int close_range(unsigned first, unsigned last, int flags)
{
	int result;

	if (uh_traces() && !(flags & CLOEXEC))
		uh_awaited_closing_range(first, last);
	if (!(flags & (int)CLOSE_RANGE_UNSHARE))
		return uh_libc_close_range()(first, last, flags);
	uh_records_share();
	result = uh_libc_close_range()(first, last, flags);
	uh_records_share();
	return result;
}
#endif

/* The type may be left to the descriptor. */
UH_EXPORT int setns(int fd, int type)
{
	bool kept = keep();

	return confined(kept, uh_libc_setns()(fd, type));
}

UH_EXPORT int prctl(int option, ...)
{
	unsigned long argument[4];
	va_list arguments;
	int result;
	bool kept;

	va_start(arguments, option);
	for (int i = 0; i < 4; i++)
		argument[i] = va_arg(arguments, unsigned long);
	va_end(arguments);
	if (option != PR_SET_SECCOMP && option != PR_SET_NO_NEW_PRIVS)
		return uh_libc_prctl()(option, argument[0], argument[1], argument[2],
				       argument[3]);
	kept = keep();
	result = confined(
	    kept, uh_libc_prctl()(option, argument[0], argument[1], argument[2], argument[3]));
	if (kept && result == 0)
		uh_confine();
	return result;
}
