/* SPDX-License-Identifier: MIT */
/* run_compiler.h: runs unhairpin-compiler without a visible effect on the program. */
#ifndef UH_RUN_COMPILER_H
#define UH_RUN_COMPILER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A request to the compiler: see compiler_protocol.h. */
struct uh_compile {
	const char *compiler;		  /* an absolute path */
	const char *file, *inline_routes; /* each may be NULL */
	bool optional, secure;
	uint32_t limit_ms; /* its time; the compiler may change it */
};

/* How the run ended. */
enum uh_compile_end {
	UH_COMPILE_DONE,
	UH_COMPILE_NOT_STARTED, /* code: errno */
	UH_COMPILE_TOO_SLOW,	/* code: the time limit in milliseconds */
	UH_COMPILE_EXITED,	/* code: the exit status, not 0 */
	UH_COMPILE_KILLED,	/* code: the signal */
};

/* The compiler's output: a read-only mapping, which the caller unmaps with munmap(2). */
struct uh_compiled {
	void *bytes; /* NULL: none */
	size_t size;
	int code;
};

/*
 * Runs the compiler and waits for its end, at most as long as the request says. With
 * UH_COMPILE_DONE, compiled->bytes is the output, which may be no image, or NULL if there is
 * none. The caller must hold off cancellation of the thread.
 *
 * The program sees no signal, no child by wait(2), and no descriptor. All signals of the
 * calling thread are blocked meanwhile. Allocates nothing and takes no lock. Changes errno.
 * Async-signal-safe.
 */
enum uh_compile_end uh_run_compiler(const struct uh_compile *compile,
				    struct uh_compiled *compiled);

#endif
