/* SPDX-License-Identifier: MIT */
/*
 * dlopen.c: dlopen(3) without RTLD_DEEPBIND.
 *
 * A library that is loaded with it (PHP loads all its extensions so) looks for connect() in
 * libc before it looks at preloaded objects, and would go past us. Where there may be routes
 * or a trace the flag is dropped; the library then binds as it does on systems that don't know
 * the flag.
 */
#include <dlfcn.h>

#include "export.h"
#include "libc/libc.h"
#include "routes/load_routes.h"
#include "observe/trace_sender.h"

#ifdef RTLD_DEEPBIND
/*
 * The call is the last thing that happens, so that it is made by a jump: dlopen(3) looks at its
 * return address to learn whose RUNPATH and $ORIGIN count.
 */
UH_EXPORT void *dlopen(const char *file, int mode)
{
	if (mode & RTLD_DEEPBIND && (uh_traces() || uh_may_have_routes()))
		mode &= ~RTLD_DEEPBIND;
	return uh_libc_dlopen()(file, mode);
}
#endif
