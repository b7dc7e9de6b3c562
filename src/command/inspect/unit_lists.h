/* SPDX-License-Identifier: MIT */
/* unit_lists.h: the settings of a unit that list what is allowed or forbidden. */
#ifndef UH_UNIT_LISTS_H
#define UH_UNIT_LISTS_H

#include "base/address.h"
#include "unit_file.h"

#define UH_ACTION 32 /* the size of an action's text */

/*
 * Returns true if the assignments of a key like SystemCallFilter=, merged as in
 * systemd.exec(5), allow something that has names: its own and those of the groups with it,
 * ended by NULL. "~" before the first assignment makes a list of what is forbidden, in later
 * ones it takes names out again; without an assignment everything is allowed. action becomes
 * the text behind the colon of the name that forbids it ("EPERM"), or "".
 */
bool uh_unit_list_allows(const struct uh_unit *unit, const char *key, const char *const *names,
			 char action[UH_ACTION]);

/*
 * Returns true if IPAddressAllow= and IPAddressDeny= let packets to the address pass:
 * systemd.resource-control(5). The lists of slices are not read.
 */
bool uh_unit_allows_address(const struct uh_unit *unit, const struct uh_address *address);

#endif
