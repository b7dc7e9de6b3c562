/* SPDX-License-Identifier: MIT */
/* canary.h: programs that are sent ahead, to see whether the preload object lets them live. */
#ifndef UH_CANARY_H
#define UH_CANARY_H

#include <stdbool.h>
#include <stddef.h>

/* What is tried. */
struct uh_canary {
	const char *root;   /* the directory that is / to the programs, or "" */
	const char *object; /* the preload object's path in there */
	/* What /etc/ld.so.preload is to be, and where; or NULL for LD_PRELOAD. */
	const char *etc, *text;
	size_t size;
};

/* What came of it, as texts for people; each "" if there is nothing to say. */
struct uh_verdict {
	char fault[512];   /* what went wrong first */
	char skipped[256]; /* what could not be tried, and why */
};

/*
 * Runs programs with the object, in child processes with a time limit each: true, sh, 64
 * threads that connect, and a set-user-id program. With text, and the rights for it, they run
 * in a mount name space where /etc/ld.so.preload is that text and the rest is as ever; else
 * with LD_PRELOAD. Nothing is printed. Returns false if there's a fault.
 */
bool uh_canary(const struct uh_canary *canary, struct uh_verdict *verdict);

/* canary_etc.c */

/*
 * Gives this process a mount name space in which etc is a copy in memory, with text as
 * ld.so.preload, and with a copy of this program that runs as its owner. Returns a descriptor
 * of that copy, or -1 with errno; nothing has changed then but the name space.
 */
int uh_canary_etc(const char *etc, const char *text, size_t size);

/* canary_step.c */

/* One program. */
struct uh_step {
	const char *name;     /* for people */
	char *const *argv;    /* argv[0] is a path unless fd is one */
	int fd;		      /* of the program, or -1 */
	bool other_user;      /* run it as a user without rights */
	const char *expected; /* what it prints */
	int status;	      /* how it ends */
};

#define UH_STEP_SKIPPED 77 /* an exit status that says that it could not be tried */

/*
 * Runs the program with an environment; it has listener as descriptor 3. Returns its exit
 * status, or -1 if it didn't do as expected, with a sentence in fault (size bytes).
 */
int uh_step_run(const struct uh_step *step, char **environment, int listener, char *fault,
		size_t size);

/* canary_client.c */

#define UH_CANARY_NAME "unhairpin-canary" /* this program is a canary under that name */
#define UH_CANARY_ADDRESS "127.85.72.1"	  /* the destination that canaries connect to */
#define UH_CANARY_PORT "1"		  /* nobody listens there */
#define UH_CANARY_LISTENER 3		  /* the Unix socket that it's routed to */
#define UH_CANARY_CONNECTIONS (64 * 16)

/*
 * The command in a child process: argv[1] is "threads" or "secure". Returns the exit
 * status; what is wrong goes to stdout.
 */
int uh_canary_main(int argc, char **argv);

#endif
