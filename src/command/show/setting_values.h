/* SPDX-License-Identifier: MIT */
/* setting_values.h: the settings of a table as text, and where they are given. */
#ifndef UH_SETTING_VALUES_H
#define UH_SETTING_VALUES_H

#include "table/table.h"

enum { UH_SETTING_VALUES = 13 };

/* Returns the name of setting i, 0 to UH_SETTING_VALUES - 1, as in a configuration. */
const char *uh_setting_name(int i);

/*
 * Returns the value of setting i as in a configuration, as a text for free(3), or NULL if
 * memory ran out. Public addresses are separated by blanks.
 */
char *uh_setting_value(const struct uh_table *table, int i);

/* The places of the settings: texts for free(3), NULL for a default. */
struct uh_setting_places {
	char *text[UH_SETTING_VALUES];
};

/*
 * Notes a place as "FILE:LINE"; a setting that is given more than once has several, separated
 * by blanks. A name that is no setting is ignored.
 */
void uh_setting_note_place(struct uh_setting_places *places, const char *name, const char *file,
			   unsigned line);
void uh_setting_places_free(struct uh_setting_places *places);

#endif
