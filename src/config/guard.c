/* SPDX-License-Identifier: MIT */
/*
 * guard.c: takes the place of some libc functions for libconfuse, in the parser object alone.
 *
 * libconfuse and its flex scanner end the process when memory runs out, and expand ${VAR} from
 * the environment. The parser object heads the search list of the name space that it is loaded
 * into (dlmopen(3)), so there libconfuse's calls are bound to these; no other object is there
 * to call them but libc, which binds its own calls to itself.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "guard.h"

#define EXPORTED __attribute__((visibility("default")))

EXPORTED void exit(int status)
{
	(void)status;
	siglongjmp(*uh_parse_escape, 1);
}

EXPORTED void abort(void)
{
	siglongjmp(*uh_parse_escape, 1);
}

EXPORTED void __assert_fail(const char *assertion, const char *file, unsigned line,
			    const char *function)
{
	(void)assertion;
	(void)file;
	(void)line;
	(void)function;
	siglongjmp(*uh_parse_escape, 1);
}

/*
 * flex's last words before it calls exit: they would go to the program's stderr. All that
 * libconfuse writes in a parse is such; what is wrong with a text it says through on_error.
 */
EXPORTED int fprintf(FILE *stream, const char *format, ...)
{
	(void)stream;
	(void)format;
	siglongjmp(*uh_parse_escape, 1);
}

/* The same where libconfuse was compiled with _FORTIFY_SOURCE; declared by no header. */
EXPORTED int __fprintf_chk(FILE *stream, int flag, const char *format, ...);
int __fprintf_chk(FILE *stream, int flag, const char *format, ...)
{
	(void)stream;
	(void)flag;
	(void)format;
	siglongjmp(*uh_parse_escape, 1);
}

/* The environment is the program's user's, and has no say in where connections go. */
EXPORTED char *getenv(const char *name)
{
	(void)name;
	return NULL;
}
