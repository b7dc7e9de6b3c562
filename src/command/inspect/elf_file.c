/* SPDX-License-Identifier: MIT */
/* elf_file.c: reads ELF headers of either width and byte order: elf(5). */
#include "elf_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_HEADERS = 512, MOST_NOTES = 1024, MOST_NEEDED = 64 };

/* A program or section header, widened. */
struct part {
	uint32_t type, link;
	uint64_t offset, size;
};

/* What is read is kept, since headers stand side by side and system calls are dear. */
struct reader {
	int fd;
	struct uh_elf *elf;
	union {
		Elf32_Ehdr of32;
		Elf64_Ehdr of64;
	} header;
	uint64_t start; /* of what is kept */
	size_t kept;
	char window[4096];
};

static bool fill(struct reader *reader, uint64_t offset)
{
	ssize_t size = offset > INT64_MAX ? -1
					  : pread(reader->fd, reader->window,
						  sizeof(reader->window), (off_t)offset);

	reader->start = offset;
	reader->kept = size > 0 ? (size_t)size : 0;
	return size > 0;
}

/* size is less than a window. */
static bool read_at(struct reader *reader, uint64_t offset, void *to, size_t size)
{
	for (int filled = 0;; filled++) {
		uint64_t at = offset - reader->start;

		if (offset >= reader->start && at <= reader->kept &&
		    reader->kept - at >= size) {
			memcpy(to, reader->window + at, size);
			return true;
		}
		if (filled || !fill(reader, offset))
			return false;
	}
}

/* A number of size bytes in the file's byte order. */
static uint64_t number(const struct reader *reader, const void *at, size_t size)
{
	const unsigned char *byte = at;
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value = value << 8 | byte[reader->elf->little_endian ? size - 1 - i : i];
	return value;
}

/* The field of a structure that has the same name in both widths. */
#define FIELD(reader, of32, of64, field)                                                       \
	((reader)->elf->bits == 64 ? number(reader, &(of64)->field, sizeof((of64)->field))     \
				   : number(reader, &(of32)->field, sizeof((of32)->field)))
#define HEADER(reader, field)                                                                  \
	FIELD(reader, &(reader)->header.of32, &(reader)->header.of64, field)

static bool read_program_header(struct reader *reader, uint64_t index, struct part *part)
{
	Elf32_Phdr of32;
	Elf64_Phdr of64;
	bool wide = reader->elf->bits == 64;
	uint64_t at = HEADER(reader, e_phoff) + index * HEADER(reader, e_phentsize);

	if (!read_at(reader, at, wide ? (void *)&of64 : &of32,
		     wide ? sizeof(of64) : sizeof(of32)))
		return false;
	*part = (struct part){
	    .type = (uint32_t)FIELD(reader, &of32, &of64, p_type),
	    .offset = FIELD(reader, &of32, &of64, p_offset),
	    .size = FIELD(reader, &of32, &of64, p_filesz),
	};
	return true;
}

static bool read_section_header(struct reader *reader, uint64_t index, struct part *part)
{
	Elf32_Shdr of32;
	Elf64_Shdr of64;
	bool wide = reader->elf->bits == 64;
	uint64_t at = HEADER(reader, e_shoff) + index * HEADER(reader, e_shentsize);

	if (!read_at(reader, at, wide ? (void *)&of64 : &of32,
		     wide ? sizeof(of64) : sizeof(of32)))
		return false;
	*part = (struct part){
	    .type = (uint32_t)FIELD(reader, &of32, &of64, sh_type),
	    .link = (uint32_t)FIELD(reader, &of32, &of64, sh_link),
	    .offset = FIELD(reader, &of32, &of64, sh_offset),
	    .size = FIELD(reader, &of32, &of64, sh_size),
	};
	return true;
}

/* Reads a text that ends somewhere in the file; what doesn't fit is cut. */
static void read_text(const struct reader *reader, uint64_t offset, char *text, size_t size)
{
	ssize_t length =
	    offset > INT64_MAX ? -1 : pread(reader->fd, text, size - 1, (off_t)offset);

	text[length > 0 ? length : 0] = '\0';
}

static enum uh_libc libc_of(const char *name)
{
	const char *slash = strrchr(name, '/');

	name = slash ? slash + 1 : name;
	if (strncmp(name, "ld-musl", 7) == 0 || strncmp(name, "libc.musl", 9) == 0 ||
	    strcmp(name, "libc.so") == 0)
		return UH_LIBC_MUSL;
	if (strncmp(name, "ld-linux", 8) == 0 || strncmp(name, "ld64.so", 7) == 0 ||
	    strncmp(name, "ld.so", 5) == 0 || strncmp(name, "libc.so.", 8) == 0)
		return UH_LIBC_GLIBC;
	return UH_LIBC_OTHER;
}

/* Names in notes: the build id of Go, and our own (preload/version_note.c). */
static void take_note(struct uh_elf *elf, const char *name, size_t name_size, const char *text,
		      size_t size)
{
	if (name_size >= 3 && memcmp(name, "Go", 3) == 0)
		elf->is_go = true;
	else if (name_size == sizeof("unhairpin") && memcmp(name, "unhairpin", name_size) == 0)
		snprintf(elf->version, sizeof(elf->version), "%.*s", (int)size, text);
}

static uint64_t aligned(uint64_t size)
{
	return (size + 3) & ~(uint64_t)3;
}

static void read_notes(struct reader *reader, const struct part *part)
{
	char notes[MOST_NOTES];
	size_t size = part->size < sizeof(notes) ? (size_t)part->size : sizeof(notes);
	uint64_t at = 0;

	if (!read_at(reader, part->offset, notes, size))
		return;
	while (size - at >= 12) {
		uint64_t name_size = number(reader, notes + at, 4);
		uint64_t text_size = number(reader, notes + at + 4, 4);
		uint64_t text = at + 12 + aligned(name_size), next = text + aligned(text_size);

		if (next > size)
			return;
		take_note(reader->elf, notes + at + 12, (size_t)name_size, notes + text,
			  (size_t)text_size);
		at = next;
	}
}

static void read_program_headers(struct reader *reader)
{
	uint64_t count = HEADER(reader, e_phnum);
	struct part part;

	for (uint64_t i = 0; i < count && i < MOST_HEADERS; i++) {
		if (!read_program_header(reader, i, &part))
			return;
		if (part.type == PT_NOTE)
			read_notes(reader, &part);
		if (part.type != PT_INTERP)
			continue;
		read_text(reader, part.offset, reader->elf->interpreter,
			  sizeof(reader->elf->interpreter));
		reader->elf->libc = libc_of(reader->elf->interpreter);
	}
}

/* The libc among the objects that this one needs; texts is the section with their names. */
static void read_needed(struct reader *reader, const struct part *part,
			const struct part *texts)
{
	Elf32_Dyn of32;
	Elf64_Dyn of64;
	bool wide = reader->elf->bits == 64;
	size_t size = wide ? sizeof(of64) : sizeof(of32);
	char name[64];

	for (uint64_t i = 0; i < MOST_NEEDED && (i + 1) * size <= part->size; i++) {
		if (!read_at(reader, part->offset + i * size, wide ? (void *)&of64 : &of32,
			     size))
			return;
		if (FIELD(reader, &of32, &of64, d_tag) != DT_NEEDED)
			continue;
		read_text(reader, texts->offset + FIELD(reader, &of32, &of64, d_un.d_val), name,
			  sizeof(name));
		enum uh_libc libc = libc_of(name);
		if (libc != UH_LIBC_OTHER)
			reader->elf->libc = libc;
	}
}

/* Where Go left its build id out, a section still has its name. */
static bool has_go_section(const struct reader *reader, const struct part *names)
{
	static const char wanted[] = ".go.buildinfo";
	char text[4096];
	size_t size = names->size < sizeof(text) ? (size_t)names->size : sizeof(text);
	ssize_t length = names->offset > INT64_MAX
			     ? -1
			     : pread(reader->fd, text, size, (off_t)names->offset);

	return length > 0 && memmem(text, (size_t)length, wanted, sizeof(wanted));
}

/* What only sections tell. */
static void read_sections(struct reader *reader)
{
	uint64_t count = HEADER(reader, e_shnum);
	struct part part, other;

	if (read_section_header(reader, HEADER(reader, e_shstrndx), &part) &&
	    has_go_section(reader, &part))
		reader->elf->is_go = true;
	if (*reader->elf->interpreter)
		return;
	for (uint64_t i = 0; i < count && i < MOST_HEADERS; i++) {
		if (!read_section_header(reader, i, &part))
			return;
		if (part.type == SHT_DYNAMIC && read_section_header(reader, part.link, &other))
			read_needed(reader, &part, &other);
	}
}

static bool read_header(struct reader *reader)
{
	unsigned char identity[EI_NIDENT];
	bool good = read_at(reader, 0, identity, sizeof(identity)) &&
		    memcmp(identity, ELFMAG, SELFMAG) == 0;

	if (!good)
		return false;
	reader->elf->bits = identity[EI_CLASS] == ELFCLASS32 ? 32 : 64;
	reader->elf->little_endian = identity[EI_DATA] != ELFDATA2MSB;
	if (!read_at(reader, 0, &reader->header,
		     reader->elf->bits == 64 ? sizeof(reader->header.of64)
					     : sizeof(reader->header.of32)))
		return false;
	reader->elf->machine = (uint16_t)HEADER(reader, e_machine);
	return true;
}

bool uh_elf_read(int fd, struct uh_elf *elf)
{
	struct reader reader = {.fd = fd, .elf = elf};

	*elf = (struct uh_elf){0};
	errno = 0; /* a short file sets none */
	if (!read_header(&reader)) {
		errno = errno ? errno : ENOEXEC;
		return false;
	}
	read_program_headers(&reader);
	read_sections(&reader);
	return true;
}

bool uh_elf_read_path(const char *path, struct uh_elf *elf)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	bool good = fd >= 0 && uh_elf_read(fd, elf);
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return good;
}

const char *uh_elf_machine(const struct uh_elf *elf, char text[24])
{
	static const struct {
		uint16_t machine;
		const char *name;
	} known[] = {
	    {EM_386, "x86"},	     {EM_X86_64, "x86-64"}, {EM_ARM, "ARM"},
	    {EM_AARCH64, "AArch64"}, {EM_RISCV, "RISC-V"},  {EM_PPC64, "POWER"},
	    {EM_S390, "s390"},	     {EM_MIPS, "MIPS"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].machine == elf->machine)
			return known[i].name;
	snprintf(text, 24, "machine %u", elf->machine);
	return text;
}

const char *uh_libc_name(enum uh_libc libc)
{
	static const char *const name[] = {"no libc", "glibc", "musl", "another libc"};

	return name[libc];
}

enum uh_obstacle uh_elf_obstacle(const struct uh_elf *program, const struct uh_elf *object)
{
	if (!*program->interpreter)
		return UH_IS_STATIC;
	if (program->bits != object->bits)
		return UH_OTHER_WIDTH;
	if (program->machine != object->machine ||
	    program->little_endian != object->little_endian)
		return UH_OTHER_MACHINE;
	if (program->libc != object->libc)
		return UH_OTHER_LIBC;
	return program->is_go ? UH_IS_GO : UH_NO_OBSTACLE;
}
