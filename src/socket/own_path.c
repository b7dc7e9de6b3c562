/* SPDX-License-Identifier: MIT */
/* own_path.c: finds this object in the loader's list of objects. */
#include "own_path.h"

#include <features.h>
#include <stddef.h>

#ifdef __GLIBC__
#include "loaded.h"

const char *uh_own_path(void)
{
	const struct link_map *own = uh_loaded_own();

	return own ? own->l_name : NULL;
}
#else
#include <dlfcn.h>
#include <stdint.h>

const char *uh_own_path(void)
{
	Dl_info own;

	return dladdr((const void *)(uintptr_t)uh_own_path, &own) ? own.dli_fname : NULL;
}
#endif
