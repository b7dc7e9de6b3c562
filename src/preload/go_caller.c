/* SPDX-License-Identifier: MIT */
/*
 * go_caller.c: tells objects of Go's linker by the note in them (elf(5)).
 *
 * dl_iterate_phdr(3) would do, but a fork(2) meanwhile leaves the child with the loader's lock
 * held. The object that calls us can't be unloaded meanwhile, so its own headers are read,
 * which lie at its start. glibc finds that without a lock (_dl_find_object(3), since 2.35); on
 * other systems the pages below the caller are looked at until there is an ELF header.
 */
#include "go_caller.h"

#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libc/next.h"

/* The headers of an object's parts, and how far from where these say it was loaded. */
struct object {
	const ElfW(Phdr) * part;
	size_t parts;
	uintptr_t base;
};

/* True when that many bytes at the address are in one readable segment of the object. */
static bool holds(const struct object *object, uintptr_t address, size_t size)
{
	for (size_t i = 0; i < object->parts; i++) {
		const ElfW(Phdr) *part = &object->part[i];
		uintptr_t start = object->base + part->p_vaddr;

		if (part->p_type == PT_LOAD && part->p_flags & PF_R && address >= start &&
		    size <= part->p_memsz && address - start <= part->p_memsz - size)
			return true;
	}
	return false;
}

static uint64_t padded(uint64_t size, uint64_t alignment)
{
	return (size + alignment - 1) / alignment * alignment;
}

/* A list of headers, each followed by a name and a text. */
static bool names_go(const char *notes, uint64_t size, uint64_t alignment)
{
	ElfW(Nhdr) note;

	while (size >= sizeof(note)) {
		uint64_t whole;

		memcpy(&note, notes, sizeof(note));
		whole = padded(sizeof(note) + (uint64_t)note.n_namesz, alignment) +
			padded(note.n_descsz, alignment);
		if (whole > size)
			return false;
		if (note.n_namesz >= 3 && memcmp(notes + sizeof(note), "Go", 3) == 0)
			return true;
		notes += whole;
		size -= whole;
	}
	return false;
}

/* The program's own headers, of which the kernel tells. */
static bool is_program(uintptr_t code, struct object *object)
{
	*object = (struct object){(const void *)getauxval(AT_PHDR), getauxval(AT_PHNUM), 0};
	for (size_t i = 0; i < object->parts; i++)
		if (object->part[i].p_type == PT_PHDR)
			object->base = (uintptr_t)object->part - object->part[i].p_vaddr;
	return holds(object, code, 1);
}

/* Reads the headers of an object that begins with that page. False if it doesn't, or has its
 * headers past the end, or not the code in it. */
static bool read_object(uintptr_t start, uintptr_t end, uintptr_t code, struct object *object)
{
	const ElfW(Ehdr) *header = (const void *)start;
	size_t size;

	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
	    header->e_phentsize != sizeof(*object->part))
		return false;
	size = header->e_phnum * sizeof(*object->part);
	if (size > end - start || header->e_phoff > end - start - size)
		return false;
	*object = (struct object){(const void *)(start + header->e_phoff), header->e_phnum, 0};
	for (size_t i = 0; i < object->parts; i++)
		if (object->part[i].p_type == PT_LOAD && object->part[i].p_offset == 0)
			object->base = start - object->part[i].p_vaddr;
	return holds(object, code, 1);
}

/* dlfcn.h's struct dl_find_object, with room for what some processors have in it. */
struct found {
	unsigned long long flags;
	void *start, *end;
	void *more[24];
};
typedef int find_object(void *code, struct found *found);

/* Not by its name: an object that asks for its version would not be loaded by an older glibc.
 */
static find_object *loaders_search(void)
{
	static _Atomic(void *) bound;
	void *function = atomic_load_explicit(&bound, memory_order_relaxed);

	if (!function) {
		function = uh_next_unlocked("_dl_find_object");
		atomic_store_explicit(&bound, function, memory_order_relaxed);
	}
	return (find_object *)function;
}

/* The kernel reads the set before it finds fault with what is to be done with it
 * (rt_sigprocmask() in linux/kernel/signal.c). */
static bool is_readable(uintptr_t address)
{
	enum { NOTHING = -1, KERNEL_SIGNALS = 64 / 8 };
	int saved = errno;
	bool is = syscall(SYS_rt_sigprocmask, NOTHING, address, NULL, KERNEL_SIGNALS) == 0 ||
		  errno != EFAULT;

	errno = saved;
	return is;
}

/* An object is one stretch of memory, of which the header is the first page: until there is one
 * all pages are the object's. */
static bool find_by_pages(uintptr_t code, struct object *object)
{
	enum { AT_MOST = 256 << 20 };
	uintptr_t page = getauxval(AT_PAGESZ), at = code & ~(page - 1);

	for (; code - at < AT_MOST && at && is_readable(at); at -= page)
		if (read_object(at, code, code, object))
			return true;
	return false;
}

/* The object that the code is in. */
static bool find(uintptr_t code, struct object *object)
{
	find_object *search;
	struct found found;

	if (is_program(code, object))
		return true;
	search = loaders_search();
	if (!search)
		return find_by_pages(code, object);
	return search((void *)code, &found) == 0 &&
	       read_object((uintptr_t)found.start, (uintptr_t)found.end, code, object);
}

bool uh_is_go(const void *code)
{
	struct object object;

	if (!find((uintptr_t)code, &object))
		return false;
	for (size_t i = 0; i < object.parts; i++) {
		const ElfW(Phdr) *part = &object.part[i];
		uintptr_t start = object.base + part->p_vaddr;

		if (part->p_type == PT_NOTE && holds(&object, start, part->p_memsz) &&
		    names_go((const char *)start, part->p_memsz, part->p_align == 8 ? 8 : 4))
			return true;
	}
	return false;
}
