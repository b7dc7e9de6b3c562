/* SPDX-License-Identifier: MIT */
/*
 * confine.c: calls with which a program gives up rights or its view of the file system.
 *
 * Afterwards the configuration may be out of reach, or another, so the routes are read before.
 * A program that enters seccomp (or says with PR_SET_NO_NEW_PRIVS that it is about to) may be
 * ended for a system call that it doesn't expect: from then on no file is opened.
 */
#include <sched.h>
#include <stdarg.h>
#include <sys/prctl.h>

#include "descriptors.h"
#include "export.h"
#include "libc.h"
#include "routes.h"

/* What a call that should confine the program returned, after uh_routes_keep. */
static int confined(int result)
{
	if (result != 0)
		uh_routes_keep_no_more();
	return result;
}

UH_EXPORT int chroot(const char *path)
{
	uh_routes_keep();
	return confined(uh_libc_chroot()(path));
}

UH_EXPORT int setuid(uid_t user)
{
	uh_routes_read();
	return uh_libc_setuid()(user);
}

UH_EXPORT int seteuid(uid_t user)
{
	uh_routes_read();
	return uh_libc_seteuid()(user);
}

UH_EXPORT int setreuid(uid_t real, uid_t effective)
{
	uh_routes_read();
	return uh_libc_setreuid()(real, effective);
}

UH_EXPORT int setresuid(uid_t real, uid_t effective, uid_t saved)
{
	uh_routes_read();
	return uh_libc_setresuid()(real, effective, saved);
}

UH_EXPORT int unshare(int flags)
{
	if (!(flags & (CLONE_NEWNS | CLONE_NEWUSER))) {
		uh_routes_read();
		return uh_libc_unshare()(flags);
	}
	uh_routes_keep();
	return confined(uh_libc_unshare()(flags));
}

/* The type may be left to the descriptor. */
UH_EXPORT int setns(int fd, int type)
{
	uh_routes_keep();
	return confined(uh_libc_setns()(fd, type));
}

UH_EXPORT int prctl(int option, ...)
{
	unsigned long argument[4];
	va_list arguments;
	int result;

	va_start(arguments, option);
	for (int i = 0; i < 4; i++)
		argument[i] = va_arg(arguments, unsigned long);
	va_end(arguments);
	if (option != PR_SET_SECCOMP && option != PR_SET_NO_NEW_PRIVS)
		return uh_libc_prctl()(option, argument[0], argument[1], argument[2],
				       argument[3]);
	uh_routes_keep();
	result = confined(
	    uh_libc_prctl()(option, argument[0], argument[1], argument[2], argument[3]));
	if (result == 0)
		uh_confine();
	return result;
}
