/* SPDX-License-Identifier: MIT */
/* programs.c: decides which program conditions of a table are true of an executable. */
#include "image.h"
#include "wildcard.h"

/* A glob may cross directories: "/opt/app*" means all below. */
static bool glob_matches(const char *glob, const char *path, const char *name)
{
	return uh_wildcard_matches(glob, path) ||
	       (!strchr(glob, '/') && uh_wildcard_matches(glob, name));
}

/* As for users: an exclusion decides at once, and exclusions alone let everyone else in. */
static bool condition_holds(const struct uh_table *table, const struct uh_condition *condition,
			    const char *path, const char *name)
{
	bool included = false, any_to_include = false;
	uint32_t text = condition->text;

	for (uint32_t i = 0; i < condition->count && uh_text_sound(table, text); i++) {
		const char *glob = uh_table_text(table, text);
		bool exclude = *glob == '!';
		bool matches = glob_matches(glob + exclude, path, name);

		text += (uint32_t)strlen(glob) + 1;
		if (exclude && matches)
			return false;
		any_to_include |= !exclude;
		included |= matches;
	}
	return included || !any_to_include;
}

/* All of them at once, so that connect() never has to match a glob. */
void uh_table_judge_programs(const struct uh_table *table, const char *executable,
			     unsigned char *verdict)
{
	uint32_t count = uh_section_count(table, UH_CONDITIONS);
	const struct uh_condition *condition = uh_items(table, UH_CONDITIONS, 0, count);
	const char *slash = strrchr(executable, '/');

	memset(verdict, 0, (count + 7) / 8);
	for (uint32_t i = 0; condition && i < count; i++)
		if (condition_holds(table, &condition[i], executable,
				    slash ? slash + 1 : executable))
			verdict[i / 8] |= (unsigned char)(1 << (i % 8));
}
