/* SPDX-License-Identifier: MIT */
/*
 * bind_early.c: binds our calls of libc's functions, as the loader would at the first call of
 * each.
 *
 * Like the loader, it searches the program and then the objects that were loaded at its start,
 * for the version that we were linked with. libc is among them, so later objects are never
 * searched. Nothing here may call a function of libc.
 */
#include "bind_early.h"

#ifdef UH_BINDS_CALLS
#include <stddef.h>

#include "loaded_objects.h"

atomic_bool uh_calls_bound;

/* The hash of the version of a symbol that we were linked with, or 0 for any version. */
static uint32_t needed_version(const struct uh_loaded *own, uint32_t symbol)
{
	const ElfW(Verneed) *from = own->needed;
	ElfW(Half) version = own->versions ? own->versions[symbol] : VER_NDX_GLOBAL;

	while (from && version > VER_NDX_GLOBAL) {
		const char *at = (const char *)from + from->vn_aux;

		for (unsigned i = 0; i < from->vn_cnt; i++) {
			const ElfW(Vernaux) *one = (const void *)at;

			if (one->vna_other == version)
				return one->vna_hash;
			at += one->vna_next;
		}
		from =
		    from->vn_next ? (const void *)((const char *)from + from->vn_next) : NULL;
	}
	return 0;
}

/* The hash of a symbol's version, or 0 if the object has none. */
static uint32_t defined_version(const struct uh_loaded *object, ptrdiff_t symbol)
{
	const ElfW(Verdef) *one = object->versions ? object->defined : NULL;

	while (one && one->vd_ndx != object->versions[symbol])
		one = one->vd_next ? (const void *)((const char *)one + one->vd_next) : NULL;
	return one ? one->vd_hash : 0;
}

/* The address of a function. For STT_GNU_IFUNC, libc's resolver chooses it by the processor. */
static void *address_of(const struct link_map *map, const ElfW(Sym) * symbol)
{
	ElfW(Addr) address = map->l_addr + symbol->st_value;

	switch (ELF64_ST_TYPE(symbol->st_info)) {
	case STT_FUNC:
		return (void *)address;
	case STT_GNU_IFUNC:
		return ((void *(*)(void))address)();
	default:
		return NULL;
	}
}

enum { CALLS = 128 }; /* the loader binds further ones */

/* Our object and its calls. */
struct binding {
	const struct link_map *own;
	struct uh_loaded object;
	size_t calls, left;
	bool past_libc; /* libc is the last object of the start; later ones may be unloaded */
	uint32_t hash[CALLS]; /* of the functions' names; 0 if bound */
};

static const char *name_of(const struct binding *binding, size_t i)
{
	uint32_t symbol = (uint32_t)ELF64_R_SYM(binding->object.calls[i].r_info);

	return binding->object.names + binding->object.symbols[symbol].st_name;
}

/* False if there is nothing to bind. */
static bool begin(struct binding *binding)
{
	struct uh_loaded *object = &binding->object;

	binding->own = uh_loaded_own();
	if (!binding->own || !uh_loaded_read(binding->own, object) || object->bound_at_start)
		return false;
	binding->calls = object->calls_size / sizeof(*object->calls);
	if (binding->calls > CALLS)
		binding->calls = CALLS;
	for (size_t i = 0; i < binding->calls; i++)
		binding->hash[i] = uh_loaded_hash(name_of(binding, i));
	binding->left = binding->calls;
	binding->past_libc = false;
	return true;
}

/* Binds a call if the object defines the function in the right version. Another thread or the
 * loader may do so at the same time, and writes the same address. */
static void bind_to(struct binding *binding, size_t i, const struct link_map *map,
		    const struct uh_loaded *from)
{
	const ElfW(Rela) *call = &binding->object.calls[i];
	const ElfW(Sym) *symbol = uh_loaded_find(from, name_of(binding, i), binding->hash[i]);
	uint32_t defined, needed;
	void *function;

	if (!symbol)
		return;
	defined = defined_version(from, symbol - from->symbols);
	needed = needed_version(&binding->object, (uint32_t)ELF64_R_SYM(call->r_info));
	/* The kernel's vDSO has functions with the same names, but other versions. */
	if (defined && needed && defined != needed)
		return;
	function = address_of(map, symbol);
	if (function)
		__atomic_store_n((void **)(binding->own->l_addr + call->r_offset), function,
				 __ATOMIC_RELAXED);
	binding->hash[i] = 0;
	binding->left--;
	/* Of our calls, this is one that only libc defines. */
	binding->past_libc |= uh_loaded_same(name_of(binding, i), "__errno_location");
}

void uh_bind_all_calls(void)
{
	struct uh_loaded from;
	struct binding binding;

	atomic_store_explicit(&uh_calls_bound, true, memory_order_relaxed);
	if (!begin(&binding))
		return;
	for (const struct link_map *map = uh_loaded_first();
	     binding.left && !binding.past_libc && map && uh_loaded_read(map, &from);
	     map = map->l_next)
		for (size_t i = 0; i < binding.calls; i++)
			if (binding.hash[i])
				bind_to(&binding, i, map, &from);
}
#endif
