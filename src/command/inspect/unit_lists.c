/* SPDX-License-Identifier: MIT */
/* unit_lists.c: merges lists of allowed or forbidden things as systemd does. */
#include "unit_lists.h"

#include <stdlib.h>
#include <string.h>

#include "unit_specifiers.h"

static bool is_one_of(const char *word, const char *const *names)
{
	while (*names && strcmp(word, *names) != 0)
		names++;
	return *names;
}

/*
 * The order of systemd: config_parse_syscall_filter() in src/core/load-fragment.c. An entry
 * with an error number is forbidden also in a list of allowed things. "none" is the empty list
 * of RestrictAddressFamilies=.
 */
bool uh_unit_list_allows(const struct uh_unit *unit, const char *key, const char *const *names,
			 char action[UH_ACTION])
{
	bool given = false, forbids = false, allowed = true;
	const char *value;
	char word[128];

	*action = '\0';
	for (size_t i = 0; (value = uh_unit_next(unit, key, &i)); given = true) {
		bool inverted = *value == '~';

		if (!given) {
			forbids = inverted;
			allowed = forbids;
		}
		value += inverted;
		while (uh_unit_word(&value, word, sizeof(word))) {
			size_t length = strcspn(word, ":");
			const char *error = word[length] ? word + length + 1 : "";

			word[length] = '\0';
			if (!is_one_of(word, names))
				continue;
			allowed = !inverted && (forbids || !*error);
			snprintf(action, UH_ACTION, "%s", allowed ? "" : error);
		}
	}
	return allowed;
}

/* Returns the ranges of a symbolic name, separated by a blank, or the range itself. */
static const char *ranges_of(const char *word)
{
	static const char *const name[][2] = {
	    {"any", "0.0.0.0/0 ::/0"},
	    {"localhost", "127.0.0.0/8 ::1/128"},
	    {"link-local", "169.254.0.0/16 fe80::/64"},
	    {"multicast", "224.0.0.0/4 ff00::/8"},
	};

	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++)
		if (strcmp(word, name[i][0]) == 0)
			return name[i][1];
	return word;
}

static bool is_in_range(const struct uh_address *address, char *range)
{
	char *slash = strchr(range, '/');
	struct uh_address first, masked = *address;
	unsigned length = 128;

	if (slash)
		*slash++ = '\0';
	if (!uh_address_parse(range, &first) ||
	    uh_address_is_v4(&first) != uh_address_is_v4(address))
		return false;
	if (slash)
		length = (unsigned)strtoul(slash, NULL, 10) +
			 (uh_address_is_v4(&first) ? UH_V4_PREFIX : 0);
	if (length > 128)
		return false;
	uh_address_mask(&first, length);
	uh_address_mask(&masked, length);
	return memcmp(&first, &masked, sizeof(first)) == 0;
}

static bool has_address(const struct uh_unit *unit, const char *key,
			const struct uh_address *address)
{
	char word[128], range[128];
	const char *value, *ranges;

	for (size_t i = 0; (value = uh_unit_next(unit, key, &i));)
		while (uh_unit_next_word(unit, &value, word, sizeof(word)))
			for (ranges = ranges_of(word);
			     uh_unit_word(&ranges, range, sizeof(range));)
				if (is_in_range(address, range))
					return true;
	return false;
}

bool uh_unit_allows_address(const struct uh_unit *unit, const struct uh_address *address)
{
	return has_address(unit, "IPAddressAllow", address) ||
	       !has_address(unit, "IPAddressDeny", address);
}
