/* SPDX-License-Identifier: MIT */
/* large.h: keeps tables apart from the variables that each connection reads. */
#ifndef UH_LARGE_H
#define UH_LARGE_H

/*
 * For an array of zeros of some KiB. The first look at a page of memory is a page fault, which
 * costs a first connection as much as a system call: the small variables of all files share few
 * pages if no table lies between them.
 */
#define UH_LARGE __attribute__((section(".bss.large")))

#endif
