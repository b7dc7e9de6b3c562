/* SPDX-License-Identifier: MIT */
/*
 * go_caller.c: recognises objects of Go's linker by their note (elf(5)).
 *
 * dl_iterate_phdr(3) would do, but it takes the loader's lock, which a fork(2) by another
 * thread would leave held in the child. The calling object cannot be unloaded during its call,
 * so we read the ELF headers at its start. glibc since 2.35 finds the start without a lock
 * (_dl_find_object(3)); on other systems the pages below the caller are searched for an ELF
 * header.
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

/* An object's program headers, and the difference between its addresses and theirs. */
struct object {
	const ElfW(Phdr) * part;
	size_t parts;
	uintptr_t base;
};

/* True if size bytes at the address lie in one readable segment of the object. */
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

/* True if a note has the name "Go". Each note is a header, a name and a text. */
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

/* Gets the program's headers from the kernel. True if the code is part of the program. */
static bool is_program(uintptr_t code, struct object *object)
{
	*object = (struct object){(const void *)getauxval(AT_PHDR), getauxval(AT_PHNUM), 0};
	for (size_t i = 0; i < object->parts; i++)
		if (object->part[i].p_type == PT_PHDR)
			object->base = (uintptr_t)object->part - object->part[i].p_vaddr;
	return holds(object, code, 1);
}

/* Reads the headers of an object at start. False if there is no ELF header, if the program
 * headers lie past the end, or if the object does not contain the code. */
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

/* struct dl_find_object of dlfcn.h, with space for the further members of some processors. */
struct found {
	unsigned long long flags;
	void *start, *end;
	void *more[24];
};
typedef int find_object(void *code, struct found *found);

/* glibc's _dl_find_object, or NULL. It is not called by name, because an older glibc would then
 * refuse to load our object. */
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

/* True if memory at the address can be read: rt_sigprocmask(2) with an invalid operation reads
 * the set first, and fails with EFAULT if it cannot (linux/kernel/signal.c). */
static bool is_readable(uintptr_t address)
{
	enum { NOTHING = -1, KERNEL_SIGNALS = 64 / 8 };
	int saved = errno;
	bool is = syscall(SYS_rt_sigprocmask, NOTHING, address, NULL, KERNEL_SIGNALS) == 0 ||
		  errno != EFAULT;

	errno = saved;
	return is;
}

/* Searches the pages below the code for an ELF header. An object is contiguous and begins with
 * its header, so all pages up to there belong to it. */
static bool find_by_pages(uintptr_t code, struct object *object)
{
	enum { AT_MOST = 256 << 20 };
	uintptr_t page = getauxval(AT_PAGESZ), at = code & ~(page - 1);

	for (; code - at < AT_MOST && at && is_readable(at); at -= page)
		if (read_object(at, code, code, object))
			return true;
	return false;
}

/* Finds the object that contains the code. */
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
