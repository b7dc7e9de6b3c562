/* SPDX-License-Identifier: MIT */
/* object_path.h: where this object was loaded from. */
#ifndef UH_OBJECT_PATH_H
#define UH_OBJECT_PATH_H

/*
 * The path under which the loader has loaded this object, which may be relative; NULL if that
 * can't be told. The text lives as long as the object. Takes no lock on glibc (next.c says
 * why); on musl the loader's, which no constructor runs under. Async-signal-safe.
 */
const char *uh_loaded_object_path(void);

#endif
