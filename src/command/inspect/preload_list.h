/* SPDX-License-Identifier: MIT */
/* preload_list.h: the text of /etc/ld.so.preload with our object put in or taken out. */
#ifndef UH_PRELOAD_LIST_H
#define UH_PRELOAD_LIST_H

#include <stdbool.h>
#include <stddef.h>

#define UH_OBJECT "libunhairpin.so"

/* A word in a text: length bytes from start. */
struct uh_preload_word {
	size_t start, length;
};

/*
 * Finds the first word that names our object, in whatever directory. Words are what ld.so reads
 * (rtld.c): blanks, tabs, newlines and colons stand between them, and '#' begins a comment
 * anywhere. Returns false when there is none. Async-signal-safe.
 */
bool uh_preload_list_find(const char *text, size_t size, struct uh_preload_word *word);

/*
 * The text with object (a path) in it once: in the place of the first word that names our
 * object, without any further such word; or in a line of its own at the end. Every other byte
 * is kept, but a last line without an end gets one. *size is read and set. Returns a text for
 * free(3), never NULL for an empty one, or NULL with errno ENOMEM.
 */
char *uh_preload_list_add(const char *text, size_t *size, const char *object);

/*
 * The text without any word that names our object. A line without another word goes as a whole,
 * with its comment; from other lines the word goes with one separator. Returns as above.
 */
char *uh_preload_list_remove(const char *text, size_t *size);

#endif
