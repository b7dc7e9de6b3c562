/* SPDX-License-Identifier: MIT */
/* object_path.h: the file that this object was loaded from. */
#ifndef UH_OBJECT_PATH_H
#define UH_OBJECT_PATH_H

/*
 * Returns the path by which the loader loaded this object, which may be relative, or NULL if it
 * is unknown. The text lives as long as the object. Takes no lock on glibc (next.c says why).
 * On musl it takes the loader's lock, which is not held while constructors run.
 * Async-signal-safe.
 */
const char *uh_loaded_object_path(void);

#endif
