/* SPDX-License-Identifier: MIT */
/* unit_file.h: the [Service] section of a systemd unit file and of its drop-ins. */
#ifndef UH_UNIT_FILE_H
#define UH_UNIT_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* One assignment; both texts are owned by the unit. */
struct uh_unit_setting {
	char *key, *value;
};

struct uh_unit {
	struct uh_unit_setting *setting;
	size_t count;
};

/*
 * Adds a unit file, then, in the order of their names, the files "*.conf" in the directory of
 * the same name with ".d" behind it: systemd.unit(5). An empty value takes back what was
 * assigned before. What is no assignment is skipped. Returns false with errno when the file
 * itself can't be read. Not async-signal-safe.
 */
bool uh_unit_add(struct uh_unit *unit, const char *path);

/*
 * Finds NAME.service where systemd looks and adds it, with the drop-ins of all those
 * directories. Returns false with errno ENOENT when it's in none of them.
 */
bool uh_unit_add_named(struct uh_unit *unit, const char *name);

void uh_unit_free(struct uh_unit *unit);

/* The last value of a key, or NULL. It lives as long as the unit. */
const char *uh_unit_value(const struct uh_unit *unit, const char *key);

/* The next value of a key from *index on, or NULL; *index is moved behind it. */
const char *uh_unit_next(const struct uh_unit *unit, const char *key, size_t *index);

/* True for 1, yes, true and on: systemd.syntax(7). */
bool uh_unit_is_true(const struct uh_unit *unit, const char *key);

/*
 * Takes the next word of a value, without its quotes and backslashes, into word (size bytes;
 * what doesn't fit is cut). Returns false at the end.
 */
bool uh_unit_word(const char **value, char *word, size_t size);

#endif
