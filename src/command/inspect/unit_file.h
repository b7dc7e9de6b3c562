/* SPDX-License-Identifier: MIT */
/* unit_file.h: reads the [Service] section of a systemd unit file and its drop-ins. */
#ifndef UH_UNIT_FILE_H
#define UH_UNIT_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* One assignment. The unit owns both texts. */
struct uh_unit_setting {
	char *key, *value;
};

struct uh_unit {
	struct uh_unit_setting *setting;
	size_t count;
};

/*
 * Adds a unit file and then its drop-ins, the files "*.conf" in the directory PATH.d, in the
 * order of their names: systemd.unit(5). An empty value removes the earlier assignments of its
 * key. Lines that are not assignments are skipped. Returns false with errno if the unit file
 * cannot be read. Not async-signal-safe.
 */
bool uh_unit_add(struct uh_unit *unit, const char *path);

/*
 * Finds a unit by its name ("x.service") in systemd's directories, and adds it with the
 * drop-ins of all these directories. Returns false with errno ENOENT if none of them has it.
 * Not async-signal-safe.
 */
bool uh_unit_add_named(struct uh_unit *unit, const char *name);

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
