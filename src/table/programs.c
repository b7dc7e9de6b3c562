/* SPDX-License-Identifier: MIT */
/* programs.c: decides which program conditions of a table hold for an executable. */
#include "base/glob_match.h"
#include "section.h"
#include "table.h"

/*
 * A "*" also matches "/": "/opt/app*" means everything below that path. A glob without "/" is
 * compared with the last component, too.
 */
static bool glob_matches(const char *glob, const char *path, const char *name)
{
	return uh_glob_match(glob, path) || (!strchr(glob, '/') && uh_glob_match(glob, name));
}

/*
 * An exclusion decides at once, and a list of exclusions alone includes everyone else, as for
 * users. *left is how many bytes of globs may still be read: intact conditions share no glob,
 * but damaged ones could refer to the same globs again and again.
 */
static bool condition_holds(const struct uh_table *table, const struct uh_condition *condition,
			    const char *path, const char *name, size_t *left)
{
	bool included = false, any_to_include = false;
	uint32_t text = condition->text;

	for (uint32_t i = 0; i < condition->count; i++) {
		const char *glob = uh_item(table, UH_TEXTS, text);
		size_t bytes = glob ? strlen(glob) + 1 : 0;
		bool exclude, matches;

		if (!glob || bytes > *left)
			return false;
		*left -= bytes;
		text += (uint32_t)bytes;
		exclude = *glob == '!';
		matches = glob_matches(glob + exclude, path, name);
		if (exclude && matches)
			return false;
		any_to_include |= !exclude;
		included |= matches;
	}
	return included || !any_to_include;
}

void uh_table_judge_programs(const struct uh_table *table, const char *executable,
			     unsigned char *verdict)
{
	uint32_t count = uh_section_count(table, UH_CONDITIONS);
	const struct uh_condition *condition = uh_section(table, UH_CONDITIONS);
	const char *slash = strrchr(executable, '/');
	size_t left = uh_section_count(table, UH_TEXTS);

	memset(verdict, 0, (count + 7) / 8);
	for (uint32_t i = 0; i < count; i++)
		if (condition_holds(table, &condition[i], executable,
				    slash ? slash + 1 : executable, &left))
			verdict[i / 8] |= (unsigned char)(1 << (i % 8));
}
