/* SPDX-License-Identifier: MIT */
/*
 * version_note.c: an ELF note (elf(5)) with the version of the file, so that the version can be
 * read without loading the file.
 */
#include <stdint.h>

static const struct {
	uint32_t name_size, text_size, type;
	char name[12]; /* padded to 4 bytes */
	char text[sizeof(UH_VERSION)];
} note __attribute__((used, retain, aligned(4), section(".note.unhairpin"))) = {
    sizeof("unhairpin"), sizeof(UH_VERSION), 1, "unhairpin", UH_VERSION,
};
