/* SPDX-License-Identifier: MIT */
/* export.h: marks the functions that the program sees in libc's place. */
#ifndef UH_EXPORT_H
#define UH_EXPORT_H

#define UH_EXPORT __attribute__((visibility("default")))

#endif
