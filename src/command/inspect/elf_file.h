/* SPDX-License-Identifier: MIT */
/* elf_file.h: what the headers of a program or object say about who can load what. */
#ifndef UH_ELF_FILE_H
#define UH_ELF_FILE_H

#include <stdbool.h>
#include <stdint.h>

enum uh_libc { UH_LIBC_NONE, UH_LIBC_GLIBC, UH_LIBC_MUSL, UH_LIBC_OTHER };

struct uh_elf {
	unsigned bits;	  /* 32 or 64 */
	uint16_t machine; /* EM_… of elf(5) */
	bool little_endian;
	bool is_go;	   /* made by Go, whose programs make their system calls themselves */
	enum uh_libc libc; /* of the loader that a program names, or that an object needs */
	char interpreter[256]; /* the loader of a program; "" for an object or a static program
				*/
	char version[32]; /* which version of unhairpin an object is; "" for no such object */
};

/*
 * Reads the headers of the file open at fd. Every offset is checked; a damaged file can only
 * make what is said about it wrong. Returns false with errno ENOEXEC when it's no ELF file, or
 * as pread(2) left it. Async-signal-safe.
 */
bool uh_elf_read(int fd, struct uh_elf *elf);

/* The same for a file by its path; errno as open(2) or above. */
bool uh_elf_read_path(const char *path, struct uh_elf *elf);

/* Why a program can't load an object, or why that's of no use. */
enum uh_obstacle {
	UH_NO_OBSTACLE,
	UH_IS_STATIC,
	UH_OTHER_MACHINE,
	UH_OTHER_WIDTH,
	UH_OTHER_LIBC,
	UH_IS_GO
};

enum uh_obstacle uh_elf_obstacle(const struct uh_elf *program, const struct uh_elf *object);

/* The name of the machine, as "x86-64"; "machine N" is written to text if it has none here. */
const char *uh_elf_machine(const struct uh_elf *elf, char text[24]);

/* "glibc", "musl", "another libc" or "no libc". */
const char *uh_libc_name(enum uh_libc libc);

#endif
