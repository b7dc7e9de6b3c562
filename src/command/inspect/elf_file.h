/* SPDX-License-Identifier: MIT */
/* elf_file.h: the ELF headers of a program or object, which decide what can load what. */
#ifndef UH_ELF_FILE_H
#define UH_ELF_FILE_H

#include <stdbool.h>
#include <stdint.h>

enum uh_libc { UH_LIBC_NONE, UH_LIBC_GLIBC, UH_LIBC_MUSL, UH_LIBC_OTHER };

struct uh_elf {
	unsigned bits;	  /* 32 or 64 */
	uint16_t machine; /* EM_… of elf(5) */
	bool little_endian;
	bool is_go;	       /* made by Go, whose programs make system calls without libc */
	enum uh_libc libc;     /* of a program's loader, or needed by an object */
	char interpreter[256]; /* path of the loader; "" for an object or static program */
	char version[32]; /* the version of unhairpin's preload object; "" for other files */
};

/*
 * Reads the headers of the file that is open at fd, with a few MB of memory at most. A damaged
 * file gives wrong values at worst; a file that is cut meanwhile does no harm. Returns false
 * with errno ENOEXEC if the file is not an ELF file, or with the errno of pread(2). Not
 * async-signal-safe.
 */
bool uh_elf_read(int fd, struct uh_elf *elf);

/*
 * Reads the headers of the file at path. Fails as uh_elf_read() does, or with the errno of
 * open(2).
 */
bool uh_elf_read_path(const char *path, struct uh_elf *elf);

/* Why a program cannot load an object, or would not be routed by it. */
enum uh_obstacle {
	UH_NO_OBSTACLE,
	UH_IS_STATIC,
	UH_OTHER_MACHINE,
	UH_OTHER_WIDTH,
	UH_OTHER_LIBC,
	UH_IS_GO
};

/* Compares the headers of a program with those of an object. Async-signal-safe. */
enum uh_obstacle uh_elf_obstacle(const struct uh_elf *program, const struct uh_elf *object);

/* Returns why the program has the obstacle, as a clause: "it is statically linked". */
const char *uh_obstacle_text(const struct uh_elf *program, enum uh_obstacle obstacle);

/*
 * Returns the name of the machine, for example "x86-64". "machine N" is written to text and
 * returned if this table has no name for it.
 */
const char *uh_elf_machine(const struct uh_elf *elf, char text[24]);

/* Returns "glibc", "musl", "another libc" or "no libc". */
const char *uh_libc_name(enum uh_libc libc);

#endif
