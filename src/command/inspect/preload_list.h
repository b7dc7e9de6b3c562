/* SPDX-License-Identifier: MIT */
/* preload_list.h: adds our object to the text of /etc/ld.so.preload, and removes it. */
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
 * Finds the first word that names our object, in any directory. Words are those of glibc's
 * rtld.c: spaces, tabs, newlines and colons separate them, and '#' begins a comment anywhere.
 * Returns false if there is none. Async-signal-safe.
 */
bool uh_preload_list_find(const char *text, size_t size, struct uh_preload_word *word);

/*
 * Returns the text with object (a path) in it exactly once: in place of the first word that
 * names our object, with further such words removed; or on a line of its own at the end. All
 * other bytes are kept, except that an unfinished last line gets a newline. *size is read and
 * set. The result is for free(3), never NULL for an empty text; NULL with errno ENOMEM. Not
 * async-signal-safe.
 */
char *uh_preload_list_add(const char *text, size_t *size, const char *object);

/*
 * Returns the text without the words that name our object. A line with no other word is removed
 * with its comment; from other lines the word is removed with one separator. *size and the
 * result are as above. Not async-signal-safe.
 */
char *uh_preload_list_remove(const char *text, size_t *size);

#endif
