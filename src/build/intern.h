/* SPDX-License-Identifier: MIT */
/*
 * intern.h: holds byte strings once each, with their offsets in the section that they will
 * fill.
 */
#ifndef UH_INTERN_H
#define UH_INTERN_H

#include <stddef.h>

struct uh_interner; /* a uthash map: its types stay in intern.c */

/*
 * An interned byte string. uh_interner_copy copies it to offset. value belongs to the user, and
 * is NULL at first.
 */
struct uh_interned {
	const void *bytes;
	size_t size, offset;
	void *value;
};

/*
 * Returns a new, empty interner, or NULL with errno ENOMEM. uh_interner_free frees it with its
 * strings.
 */
struct uh_interner *uh_interner_new(void);
void uh_interner_free(struct uh_interner *interner);

/*
 * Returns the interned string of these size (at least 1) bytes: the existing one, or a new copy
 * behind all others. It lives as long as the interner. NULL with errno ENOMEM.
 */
struct uh_interned *uh_intern(struct uh_interner *interner, const void *bytes, size_t size);

/* Interns a text with its NUL; NULL counts as "". */
struct uh_interned *uh_intern_text(struct uh_interner *interner, const char *text);

/* Returns the size of all strings together. */
size_t uh_interner_size(const struct uh_interner *interner);

/* Copies all strings to a buffer of that size, each to its offset. */
void uh_interner_copy(const struct uh_interner *interner, void *to);

#endif
