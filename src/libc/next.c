/* SPDX-License-Identifier: MIT */
/*
 * next.c: dlsym(RTLD_NEXT) without the loader's lock.
 *
 * A thread holds that lock while it runs a library's constructors. If a constructor waits for
 * another thread, and that thread connects, dlsym(3) would deadlock. So the loader's list of
 * objects is read as a debugger does (link.h). The objects between ours and libc were loaded
 * when the program started; they are never moved or unloaded.
 */
#include "next.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <sys/auxv.h>

#ifdef __GLIBC__
#include "loaded_objects.h"

/* NULL in unusual cases: an object without DT_GNU_HASH, or a function that is chosen at run
 * time. Objects after libc may be unloaded at any time, so the search ends at libc, which is
 * the one that defines __errno_location. */
void *uh_next_unlocked(const char *name)
{
	static const char libcs[] = "__errno_location";
	uint32_t hash = uh_loaded_hash(name), libcs_hash = uh_loaded_hash(libcs);
	const struct link_map *map = uh_loaded_own();
	bool past_libc = false;

	while (map && !past_libc && (map = map->l_next)) {
		const ElfW(Sym) * symbol;
		struct uh_loaded object;

		/* The kernel's vDSO is in the list, but dlsym(3) does not search it. */
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
