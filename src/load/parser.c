/* SPDX-License-Identifier: MIT */
/* parser.c: loads the parser object privately for the length of one parse. */
#include "loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>

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

static void *fail(const char *path, char *why)
{
	const char *error = dlerror();

	snprintf(why, UH_WHY, "%s", error ? error : path);
	errno = ELIBACC;
	return NULL;
}

void *uh_load_table(const char *parser_path, const struct uh_parse_request *request,
		    size_t *size, char *why)
{
	void *object = open_private(parser_path);
	uh_parse_function *parse;
	void *image;
	int saved;

	if (!object)
		return fail(parser_path, why);
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
