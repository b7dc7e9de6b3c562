/* SPDX-License-Identifier: MIT */
/* export.h: marks the functions that replace libc's for the program. */
#ifndef UH_EXPORT_H
#define UH_EXPORT_H

#define UH_EXPORT __attribute__((visibility("default")))

/*
 * Stands before a return statement whose call must be a jump. gcc finds out itself that the
 * frame is no longer used; clang needs the attribute.
 */
#if defined(__clang__) && (defined(__x86_64__) || defined(__aarch64__))
#define UH_TAIL_CALL __attribute__((musttail))
#else
#define UH_TAIL_CALL
#endif

#endif
