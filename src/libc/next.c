/* SPDX-License-Identifier: MIT */
/*
 * next.c: dlsym(RTLD_NEXT) without the loader's lock.
 *
 * A thread that runs a library's constructors holds that lock all the while. Where such a
 * constructor waits for another thread, and that thread connects, dlsym(3) would make both wait
 * for ever. So the loader's list of objects is read as a debugger reads it (link.h): those from
 * us to libc were there when the program started, and neither move nor go.
 */
#include "next.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <sys/auxv.h>

#ifdef __GLIBC__
#include "loaded_objects.h"

/* If anything is unusual (no such table, a function chosen at run time): NULL. Objects after
 * libc come and go, so the search ends with the one that has a function of libc's alone. */
void *uh_next_unlocked(const char *name)
{
	static const char libcs[] = "__errno_location";
	uint32_t hash = uh_loaded_hash(name), libcs_hash = uh_loaded_hash(libcs);
	const struct link_map *map = uh_loaded_own();
	bool past_libc = false;

	while (map && !past_libc && (map = map->l_next)) {
		const ElfW(Sym) * symbol;
		struct uh_loaded object;

		/* The kernel's vDSO is in the list, but dlsym(3) looks past it. */
		if (map->l_addr == getauxval(AT_SYSINFO_EHDR))
			continue;
		if (!uh_loaded_read(map, &object))
			return NULL;
		symbol = uh_loaded_find(&object, name, hash);
		if (symbol)
			return ELF64_ST_TYPE(symbol->st_info) == STT_FUNC
				   ? (void *)(map->l_addr + symbol->st_value)
				   : NULL;
		past_libc = uh_loaded_find(&object, libcs, libcs_hash);
	}
	return NULL;
}
#else
void *uh_next_unlocked(const char *name)
{
	(void)name;
	return NULL;
}
#endif

void *uh_next_definition(const char *name)
{
	int saved = errno;
	void *function = uh_next_unlocked(name);

	if (!function)
		function = dlsym(RTLD_NEXT, name);
	errno = saved;
	return function;
}
