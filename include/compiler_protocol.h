/* SPDX-License-Identifier: MIT */
/*
 * compiler_protocol.h: what the preload object and unhairpin-compiler, which it starts, agree
 * on.
 */
#ifndef UH_COMPILER_PROTOCOL_H
#define UH_COMPILER_PROTOCOL_H

#include <stdint.h>

#define UH_COMPILER "unhairpin-compiler"

/*
 * unhairpin-compiler [-s] [-o] [-c] [-f FILE] [-r ROUTES] [-n NUMBER] >IMAGE
 *
 * -f: the configuration, an absolute path
 * -o: the configuration may be missing
 * -r: inline routes, as in UNHAIRPIN_ROUTES
 * -s: only files of root are accepted (AT_SECURE)
 * -c: if the configuration has write_cache, the image is also written beside it
 * -n: a descriptor, usually UH_COMPILER_STATUS, to which the compiler writes a uint32_t: the
 *     time in milliseconds that it may run, as soon as it has read that (compile_limit)
 *
 * Standard output receives the image (table.h), followed by the faults, one struct
 * uh_compiler_fault for each. If one of them is not a warning, the image has no routes, but
 * only the sources.
 *
 * Exit status: 0 if there is an image, UH_COMPILER_FAILED if memory or descriptors ran out,
 * UH_COMPILER_USE for wrong options.
 */
enum { UH_COMPILER_FAILED = 1, UH_COMPILER_USE = 2, UH_COMPILER_STATUS = 4 };

/*
 * A fault. Two NUL-terminated texts follow: the file (empty if there is none), and what is
 * wrong. Nothing is aligned.
 */
struct uh_compiler_fault {
	uint32_t line; /* 0: the whole file */
	uint32_t warning;
};

#endif
