/* SPDX-License-Identifier: MIT */
/*
 * canary.h: runs test programs ("canaries") with the preload object, to prove that it does no
 * harm.
 */
#ifndef UH_CANARY_H
#define UH_CANARY_H

#include <stdbool.h>
#include <stddef.h>

/* The system to test. */
struct uh_canary {
	const char *root;   /* the directory that is "/" for the programs, or "" */
	const char *object; /* path of the preload object, relative to root */
	/*
	 * The text of /etc/ld.so.preload to test, and the directory that is /etc; or NULL to
	 * test with LD_PRELOAD.
	 */
	const char *etc, *text;
	size_t size;
};

/* The result, as texts for people; "" if there is nothing to say. */
struct uh_verdict {
	char fault[512];   /* the first failure */
	char skipped[256]; /* the test that could not be run, and why */
};

/*
 * Runs programs with the object in child processes, each with a time limit: true, sh, 64
 * threads that connect, and a set-user-id program. With text (and the rights for it) they run
 * in a mount name space whose /etc/ld.so.preload has that text; else with LD_PRELOAD and
 * without the set-user-id program. Prints nothing. Returns false if a program failed. Not
 * async-signal-safe.
 */
bool uh_canary(const struct uh_canary *canary, struct uh_verdict *verdict);

/* canary_etc.c */

/*
 * Moves this process to a mount name space in which etc is a copy in memory, with text as
 * ld.so.preload, without unhairpin.off, and with a set-user-id copy of this command. Returns a
 * descriptor of that copy, or -1 with errno; after a failure only the name space is new.
 */
int uh_canary_etc(const char *etc, const char *text, size_t size);

/* canary_step.c */

/* One test program. */
struct uh_step {
	const char *name;     /* its name in messages */
	char *const *argv;    /* argv[0] is the program's path, unless fd is given */
	int fd;		      /* descriptor of the program, or -1 */
	bool other_user;      /* run as the user nobody */
	const char *expected; /* its expected output */
	int status;	      /* its expected exit status */
};

#define UH_STEP_SKIPPED 77 /* exit status of a test that could not be run */

/*
 * Runs a program with an environment, and with listener (or -1 for none) as its descriptor
 * UH_CANARY_LISTENER. Returns its exit status, or -1 if it did not behave as expected, with a
 * sentence in fault (size bytes).
 */
int uh_step_run(const struct uh_step *step, char **environment, int listener, char *fault,
		size_t size);

/* canary_client.c */

#define UH_CANARY_NAME "unhairpin-canary" /* argv[0] of this command as a test program */
#define UH_CANARY_ADDRESS "127.85.72.1"	  /* the destination of the test connections */
#define UH_CANARY_PORT "1"		  /* no service listens there */
#define UH_CANARY_LISTENER 3		  /* the descriptor of the route's target */
#define UH_CANARY_CONNECTIONS (64 * 16)

/*
 * The main function of the test program; argv[1] is "threads" or "secure". Returns its exit
 * status; prints the first failure on standard output.
 */
int uh_canary_main(int argc, char **argv);

#endif
