/* SPDX-License-Identifier: MIT */
/* own_path.c: finds this object in the loader's list of objects. */
#include "own_path.h"

#include <dlfcn.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __GLIBC__
/* Weak, or the linker would say that we need ld.so besides libc. */
extern struct r_debug _r_debug __attribute__((weak));

const char *uh_own_path(void)
{
	const struct link_map *map = &_r_debug ? _r_debug.r_map : NULL;

	while (map && map->l_ld != _DYNAMIC)
		map = map->l_next;
	return map ? map->l_name : NULL;
}
#else
const char *uh_own_path(void)
{
	Dl_info own;

	return dladdr((const void *)(uintptr_t)uh_own_path, &own) ? own.dli_fname : NULL;
}
#endif
