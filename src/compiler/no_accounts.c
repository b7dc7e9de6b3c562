/* SPDX-License-Identifier: MIT */
/*
 * no_accounts.c: replaces getpwnam(3) and getpwuid(3) for libconfuse's cfg_tilde_expand(),
 * which is never called. The functions of a static libc load the modules of NSS, and the linker
 * warns of that.
 */
#include <pwd.h>
#include <stddef.h>

struct passwd *getpwnam(const char *name)
{
	(void)name;
	return NULL;
}

struct passwd *getpwuid(uid_t user)
{
	(void)user;
	return NULL;
}
