/* SPDX-License-Identifier: MIT */
/* elf_file.c: reads ELF headers with libelf, which knows both widths and byte orders. */
#include "elf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Limits for damaged files: headers of each kind, and bytes of one part. */
enum { MOST_HEADERS = 512, MOST_BYTES = 4096 };

/*
 * Reads at most limit bytes of a part of the file. libelf's other functions read a whole
 * section, however large it is. Returns NULL if the bytes are not all in the file.
 */
static Elf_Data *read_part(Elf *file, uint64_t offset, uint64_t size, size_t limit,
			   Elf_Type type)
{
	if (size == 0 || offset > INT64_MAX)
		return NULL;
	return elf_getdata_rawchunk(file, (int64_t)offset, size < limit ? (size_t)size : limit,
				    type);
}

/* Reads a text of at most length bytes; a longer one is cut to fit into size bytes. */
static void read_text(Elf *file, uint64_t offset, uint64_t length, char *text, size_t size)
{
	const Elf_Data *data = read_part(file, offset, length, size - 1, ELF_T_BYTE);

	snprintf(text, size, "%.*s", data ? (int)data->d_size : 0,
		 data ? (const char *)data->d_buf : "");
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

/* Reads Go's build id, and the version of our object (preload/version_note.c). */
static void read_notes(Elf *file, const GElf_Phdr *part, struct uh_elf *elf)
{
	Elf_Data *data = read_part(file, part->p_offset, part->p_filesz, MOST_BYTES,
				   part->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
	size_t name_at, text_at;
	GElf_Nhdr note;

	for (size_t at = 0; data && (at = gelf_getnote(data, at, &note, &name_at, &text_at));) {
		const char *name = (const char *)data->d_buf + name_at;

		if (note.n_namesz >= 3 && memcmp(name, "Go", 3) == 0)
			elf->is_go = true;
		else if (note.n_namesz == sizeof("unhairpin") &&
			 memcmp(name, "unhairpin", note.n_namesz) == 0)
			snprintf(elf->version, sizeof(elf->version), "%.*s", (int)note.n_descsz,
				 (const char *)data->d_buf + text_at);
	}
}

static void read_program_headers(Elf *file, unsigned count, struct uh_elf *elf)
{
	GElf_Phdr part;

	for (unsigned i = 0; i < count && i < MOST_HEADERS; i++) {
		if (!gelf_getphdr(file, (int)i, &part))
			return;
		if (part.p_type == PT_NOTE)
			read_notes(file, &part, elf);
		if (part.p_type != PT_INTERP)
			continue;
		read_text(file, part.p_offset, part.p_filesz, elf->interpreter,
			  sizeof(elf->interpreter));
		elf->libc = libc_of(elf->interpreter);
	}
}

/* Finds the libc among the objects that a dynamic section names in its table of texts. */
static void read_needed(Elf *file, const GElf_Shdr *section, const GElf_Shdr *texts,
			struct uh_elf *elf)
{
	Elf_Data *data =
	    read_part(file, section->sh_offset, section->sh_size, MOST_BYTES, ELF_T_DYN);
	GElf_Dyn entry;
	char name[64];

	for (int i = 0; data && gelf_getdyn(data, i, &entry); i++) {
		if (entry.d_tag != DT_NEEDED || entry.d_un.d_val >= texts->sh_size)
			continue;
		read_text(file, texts->sh_offset + entry.d_un.d_val,
			  texts->sh_size - entry.d_un.d_val, name, sizeof(name));
		enum uh_libc libc = libc_of(name);
		if (libc != UH_LIBC_OTHER)
			elf->libc = libc;
	}
}

static void read_sections(Elf *file, const GElf_Ehdr *header, struct uh_elf *elf)
{
	static const char go_section[] = ".go.buildinfo"; /* a Go program may lack a build id */
	const Elf_Data *names = NULL;
	GElf_Shdr section, texts;

	if (gelf_getshdr(elf_getscn(file, header->e_shstrndx), &section))
		names =
		    read_part(file, section.sh_offset, section.sh_size, MOST_BYTES, ELF_T_BYTE);
	if (names && memmem(names->d_buf, names->d_size, go_section, sizeof(go_section)))
		elf->is_go = true;
	if (*elf->interpreter)
		return;
	for (unsigned i = 0; i < header->e_shnum && i < MOST_HEADERS; i++) {
		if (!gelf_getshdr(elf_getscn(file, i), &section))
			return;
		if (section.sh_type == SHT_DYNAMIC &&
		    gelf_getshdr(elf_getscn(file, section.sh_link), &texts))
			read_needed(file, &section, &texts, elf);
	}
}

union header {
	unsigned char identity[EI_NIDENT];
	Elf32_Ehdr of32;
	Elf64_Ehdr of64;
};

/*
 * Opens the file. ELF_C_READ maps nothing: a mapped file that is cut meanwhile would raise
 * SIGBUS. Opens only the header if that lacks the numbers of the other headers: for a number
 * that is elsewhere libelf would allocate as much memory as the file's size allows. Bytes of
 * all zeroes or all ones mean the same in both byte orders.
 */
static Elf *open_file(int fd, union header *header, size_t size)
{
	Elf32_Ehdr *of32 = &header->of32;
	Elf64_Ehdr *of64 = &header->of64;

	elf_version(EV_CURRENT);
	if (header->identity[EI_CLASS] == ELFCLASS32) {
		if (of32->e_phnum != PN_XNUM && (of32->e_shnum || !of32->e_shoff))
			return elf_begin(fd, ELF_C_READ, NULL);
		of32->e_phnum = 0;
		of32->e_shoff = 0;
	} else {
		if (of64->e_phnum != PN_XNUM && (of64->e_shnum || !of64->e_shoff))
			return elf_begin(fd, ELF_C_READ, NULL);
		of64->e_phnum = 0;
		of64->e_shoff = 0;
	}
	return elf_memory((char *)header, size);
}

bool uh_elf_read(int fd, struct uh_elf *elf)
{
	union header start = {0};
	ssize_t size = pread(fd, &start, sizeof(start), 0);
	GElf_Ehdr header;
	Elf *file = NULL;

	*elf = (struct uh_elf){0};
	if (size >= EI_NIDENT && memcmp(start.identity, ELFMAG, SELFMAG) == 0)
		file = open_file(fd, &start, (size_t)size);
	bool good = gelf_getehdr(file, &header);
	if (good) {
		elf->bits = gelf_getclass(file) == ELFCLASS32 ? 32 : 64;
		elf->little_endian = header.e_ident[EI_DATA] != ELFDATA2MSB;
		elf->machine = header.e_machine;
		/* The kernel runs no program whose program headers have another size. */
		if (header.e_phentsize == gelf_fsize(file, ELF_T_PHDR, 1, EV_CURRENT))
			read_program_headers(file, header.e_phnum, elf);
		read_sections(file, &header, elf);
	} else if (size >= 0) {
		errno = ENOEXEC;
	}
	elf_end(file);
	return good;
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

const char *uh_obstacle_text(const struct uh_elf *program, enum uh_obstacle obstacle)
{
	static const char *const text[] = {
	    [UH_NO_OBSTACLE] = "it can load the preload object",
	    [UH_IS_STATIC] = "it is statically linked",
	    [UH_OTHER_MACHINE] = "it is for another machine than the preload object",
	    [UH_OTHER_WIDTH] = "its word size is not that of the preload object",
	    [UH_OTHER_LIBC] = "its libc is not that of the preload object",
	    [UH_IS_GO] = "it is a Go program, which makes system calls without libc",
	};

	if (obstacle == UH_IS_STATIC && program->is_go)
		return "it is a static Go program";
	return text[obstacle];
}
