/* SPDX-License-Identifier: MIT */
/*
 * no_accounts.c: getpwnam(3) and getpwuid(3) for libconfuse's cfg_tilde_expand(), which nobody
 * calls. Those of a static libc ask NSS, which loads objects: the linker warns of them.
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
