/* SPDX-License-Identifier: MIT */
/* run_compiler.h: has the compiler of routes run, unseen by the program that this is in. */
#ifndef UH_RUN_COMPILER_H
#define UH_RUN_COMPILER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A request to the compiler; see compiler_protocol.h. */
struct uh_compile {
	const char *compiler;		  /* an absolute path */
	const char *file, *inline_routes; /* each may be NULL */
	bool optional, secure;
	uint32_t limit_ms; /* how long it may take; the compiler may ask for more */
};

/* How it ended. */
enum uh_compile_end {
	UH_COMPILE_DONE,
	UH_COMPILE_NOT_STARTED, /* code: errno */
	UH_COMPILE_TOO_SLOW,	/* code: the limit in milliseconds, which the compiler may have
				   raised */
	UH_COMPILE_EXITED,	/* code: the exit status, which was not 0 */
	UH_COMPILE_KILLED,	/* code: the signal */
};

/* The compiler's output: a read-only mapping, which the caller ends with munmap(2). */
struct uh_compiled {
	void *bytes; /* NULL: none */
	size_t size;
	int code;
};

/*
 * Runs the compiler and waits for its end, as long as compile says. With UH_COMPILE_DONE there
 * are bytes if it wrote any, be they an image or not. All signals of the calling thread are
 * blocked meanwhile; its cancellation has to be held.
 *
 * The program sees no signal, no child that wait(2) would find, and no descriptor. Allocates
 * nothing and takes no lock. Async-signal-safe; errno is not kept.
 */
enum uh_compile_end uh_run_compiler(const struct uh_compile *compile,
				    struct uh_compiled *compiled);

#endif
