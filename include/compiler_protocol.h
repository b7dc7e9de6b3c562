/* SPDX-License-Identifier: MIT */
/* compiler_protocol.h: how the preload object and the compiler of routes, a program, work
 * together. */
#ifndef UH_COMPILER_PROTOCOL_H
#define UH_COMPILER_PROTOCOL_H

#include <stdint.h>

#define UH_COMPILER "unhairpin-compiler"

/*
 * unhairpin-compiler [-s] [-o] [-c] [-f FILE] [-r ROUTES] [-n NUMBER] >IMAGE
 *
 * -f: the configuration, an absolute path; -o: it may be missing; -r: routes as
 * UNHAIRPIN_ROUTES has them; -s: the files must be root's (AT_SECURE); -c: if the configuration
 * asks for it (write_cache), the image is left beside it as well; -n: a descriptor, usually
 * UH_COMPILER_STATUS, that takes a uint32_t: the milliseconds that the compiler may run, once
 * the configuration has said so (compile_limit).
 *
 * Standard output gets the image (table.h); what is behind the image's end are faults, one
 * struct uh_said after the other. If one of them is no warning, then the image has no routes
 * but only the sources.
 *
 * Exit status: 0 when there is an image, UH_COMPILER_FAILED when memory or descriptors ran out,
 * UH_COMPILER_USE for wrong options.
 */
enum { UH_COMPILER_FAILED = 1, UH_COMPILER_USE = 2, UH_COMPILER_STATUS = 4 };

/* A fault. Two texts with their NULs follow: the file, which is empty for none, and what is
 * wrong. Nothing is aligned. */
struct uh_said {
	uint32_t line; /* 0: of the whole file */
	uint32_t warning;
};

#endif
