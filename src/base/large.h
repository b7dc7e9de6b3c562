/* SPDX-License-Identifier: MIT */
/* large.h: keeps large tables apart from the variables that each connection reads. */
#ifndef UH_LARGE_H
#define UH_LARGE_H

/*
 * For a zeroed array of some KiB. The first access to a page is a page fault, which costs as
 * much as a system call. If no table lies between them, the small variables of all files share
 * a few pages, and a first connection has few page faults.
 */
#define UH_LARGE __attribute__((section(".bss.large")))

/* For a large array whose first item each first connection uses: it begins on the last page of
 * the small variables. The linker sorts the sections by name (--sort-section in the Makefile).
 */
#define UH_LARGE_FIRST __attribute__((section(".bss.first")))

#endif
