/* SPDX-License-Identifier: MIT */
/* parser.c: loads the parser object privately for the length of one parse. */
#include "loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/*
 * A name space of its own keeps libconfuse's cfg_* away from a program that exports such names,
 * and the program's (or another preload object's) malloc away from the parser. musl has one
 * name space only.
 */
static void *open_private(const char *path)
{
#ifdef LM_ID_NEWLM
	return dlmopen(LM_ID_NEWLM, path, RTLD_NOW | RTLD_LOCAL);
#else
	return dlopen(path, RTLD_NOW | RTLD_LOCAL);
#endif
}

/*
 * Beside the object that this is linked into, by the name that it was loaded under. A name from
 * the current directory leads elsewhere when that has changed: glibc has noted ($ORIGIN) what
 * it was, musl has not.
 */
static bool path_beside(char *path, size_t size)
{
	Dl_info own;
	const char *slash = NULL;
	int length;

	if (dladdr((const void *)(uintptr_t)uh_load_table, &own) != 0)
		slash = strrchr(own.dli_fname, '/');
	if (slash && *own.dli_fname == '/')
		length = snprintf(path, size, "%.*s/%s", (int)(slash - own.dli_fname),
				  own.dli_fname, UH_PARSER_OBJECT);
	else
		length = snprintf(path, size, "$ORIGIN/%s", UH_PARSER_OBJECT);
	return length > 0 && (size_t)length < size;
}

static void *fail(const char *path, char *why)
{
	const char *error = dlerror();

	snprintf(why, UH_WHY, "%.*s", UH_WHY - 1, error ? error : path);
	errno = ELIBACC;
	return NULL;
}

void *uh_load_table(const char *parser_path, const struct uh_parse_request *request,
		    size_t *size, char *why)
{
	char beside[PATH_MAX];
	uh_parse_function *parse;
	void *object, *image;
	int saved;

	if (!parser_path && path_beside(beside, sizeof(beside)))
		parser_path = beside;
	object = parser_path ? open_private(parser_path) : NULL;
	if (!object)
		return fail(UH_PARSER_OBJECT, why);
	*(void **)&parse = dlsym(object, UH_PARSER_FUNCTION);
	if (!parse) {
		fail(parser_path, why);
		dlclose(object);
		errno = ELIBACC;
		return NULL;
	}
	errno = 0; /* the parser has an errno of its own where libc was loaded twice */
	image = parse(request, size);
	saved = errno;
	dlclose(object);
	errno = saved;
	return image;
}
