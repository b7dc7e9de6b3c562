/* SPDX-License-Identifier: MIT */
/* export.h: marks the functions that the program sees in libc's place. */
#ifndef UH_EXPORT_H
#define UH_EXPORT_H

#define UH_EXPORT __attribute__((visibility("default")))

/*
 * Before a return: the call is a jump. gcc sees for itself that nothing of the frame is used
 * any more; clang must be told.
 */
#if defined(__clang__) && (defined(__x86_64__) || defined(__aarch64__))
#define UH_TAIL_CALL __attribute__((musttail))
#else
#define UH_TAIL_CALL
#endif

#endif
