/* SPDX-License-Identifier: MIT */
/*
 * dlopen.c: dlopen(3) without RTLD_DEEPBIND.
 *
 * A library that is loaded with this flag (PHP loads all its extensions so) finds libc's
 * connect() before that of a preloaded object, and would bypass us. If there may be routes, or
 * the process is traced, the flag is dropped; the library then binds as on systems without the
 * flag.
 */
#include <dlfcn.h>

#include "export.h"
#include "libc/libc.h"
#include "routes/load_routes.h"
#include "observe/trace_channel.h"

#ifdef RTLD_DEEPBIND
/*
 * dlopen(3) takes its return address as the caller, whose RUNPATH and $ORIGIN count. Therefore
 * the call must compile to a jump.
 */
UH_EXPORT void *dlopen(const char *file, int mode)
{
	if (mode & RTLD_DEEPBIND && (uh_traces() || uh_may_have_routes()))
		mode &= ~RTLD_DEEPBIND;
	return uh_libc_dlopen()(file, mode);
}
#endif
