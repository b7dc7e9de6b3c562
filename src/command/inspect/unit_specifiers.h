/* SPDX-License-Identifier: MIT */
/* unit_specifiers.h: replaces "%" and a letter in a unit's settings. */
#ifndef UH_UNIT_SPECIFIERS_H
#define UH_UNIT_SPECIFIERS_H

#include "unit_file.h"

/*
 * Copies text to expanded (size bytes; a longer result is cut) with the specifiers of
 * systemd.unit(5) replaced: %n %N %p %P %i %I %j %J %f, the directories %t %S %C %L %E %T %V
 * %h, %u and %U (those of the service manager, which is root), %H and %v (those of this host),
 * and %%. Others stay as they are. Not async-signal-safe.
 */
void uh_unit_expand(const struct uh_unit *unit, const char *text, char *expanded, size_t size);

/*
 * Copies the next word of *value (uh_unit_word()) to word (size bytes), with its specifiers
 * replaced. Returns false if no word is left.
 */
bool uh_unit_next_word(const struct uh_unit *unit, const char **value, char *word, size_t size);

#endif
