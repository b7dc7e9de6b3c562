/* SPDX-License-Identifier: MIT */
/* unit_file.h: the settings of a systemd unit, read from its file and its drop-ins. */
#ifndef UH_UNIT_FILE_H
#define UH_UNIT_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* One assignment. The unit owns both texts. */
struct uh_unit_setting {
	char *key, *value;
};

struct uh_unit {
	struct uh_unit_setting *setting;
	size_t count;
	char name[NAME_MAX + 1]; /* "postgresql@15-main.service" */
	char path[PATH_MAX];	 /* of the unit's file */
	size_t drop_ins;	 /* files that were read after it */
	bool masked;		 /* the file is empty, or a link to /dev/null */
};

/*
 * Adds the assignments of the sections [Unit] and [Service] of an open file. An empty value
 * removes the earlier assignments of its key. Lines that are not assignments are skipped.
 * Returns false with errno ENOMEM. Not async-signal-safe.
 */
bool uh_unit_read(struct uh_unit *unit, FILE *file);

/*
 * Opens a file, and reads it as uh_unit_read() does. Returns false with errno, also that of
 * fopen(3). Not async-signal-safe.
 */
bool uh_unit_read_path(struct uh_unit *unit, const char *path);

/* Frees the unit's members, but not the struct. */
void uh_unit_free(struct uh_unit *unit);

/* Returns the last value of a key, or NULL. The unit owns it. */
const char *uh_unit_value(const struct uh_unit *unit, const char *key);

/*
 * Returns the next value of a key, from *index on, or NULL; moves *index after it. The unit
 * owns it.
 */
const char *uh_unit_next(const struct uh_unit *unit, const char *key, size_t *index);

/* Returns true if the last value of a key is 1, yes, true or on: systemd.syntax(7). */
bool uh_unit_is_true(const struct uh_unit *unit, const char *key);

/*
 * Copies the next word of *value to word (size bytes; a longer word is cut), without its quotes
 * and backslashes, and moves *value after it. Returns false if no word is left.
 */
bool uh_unit_word(const char **value, char *word, size_t size);

#endif
