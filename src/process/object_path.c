/* SPDX-License-Identifier: MIT */
/* object_path.c: finds this object in the loader's list of objects. */
#include "object_path.h"

#include <features.h>
#include <stddef.h>

#ifdef __GLIBC__
#include "libc/loaded_objects.h"

const char *uh_loaded_object_path(void)
{
	const struct link_map *own = uh_loaded_own();

	return own ? own->l_name : NULL;
}
#else
#include <dlfcn.h>
#include <stdint.h>

const char *uh_loaded_object_path(void)
{
	Dl_info own;

	return dladdr((const void *)(uintptr_t)uh_loaded_object_path, &own) ? own.dli_fname
									    : NULL;
}
#endif
