/* SPDX-License-Identifier: MIT */
/* callers.c: tells objects of Go's linker by the note in them (elf(5), dl_iterate_phdr(3)). */
#include "callers.h"

#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct search {
	uintptr_t code;
	bool is_go;
};

/* True when that many bytes at the address are in one readable segment of the object. */
static bool holds(const struct dl_phdr_info *object, uintptr_t address, size_t size)
{
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];
		uintptr_t start = object->dlpi_addr + part->p_vaddr;

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

static int visit(struct dl_phdr_info *object, size_t size, void *context)
{
	struct search *search = context;

	(void)size;
	if (!holds(object, search->code, 1))
		return 0;
	for (int i = 0; i < object->dlpi_phnum && !search->is_go; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];
		uintptr_t start = object->dlpi_addr + part->p_vaddr;

		if (part->p_type == PT_NOTE && holds(object, start, part->p_memsz))
			search->is_go = names_go((const char *)start, part->p_memsz,
						 part->p_align == 8 ? 8 : 4);
	}
	return 1;
}

bool uh_is_go(const void *code)
{
	struct search search = {.code = (uintptr_t)code};

	dl_iterate_phdr(visit, &search);
	return search.is_go;
}
