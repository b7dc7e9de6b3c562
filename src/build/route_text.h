/* SPDX-License-Identifier: MIT */
/* route_text.h: parses and formats the destinations and targets of routes. */
#ifndef UH_ROUTE_TEXT_H
#define UH_ROUTE_TEXT_H

#include "base/host_port.h"
#include "table/route.h"

/*
 * Parses "ADDRESS", "ADDRESS/LENGTH", "NAME" or "*.NAME", each with ":PORT", ":FIRST-LAST" or
 * nothing behind it. IPv6 needs brackets if a port follows ("[2001:db8::]/32:443" and
 * "[2001:db8::1]:443"). Returns false with a sentence in why (UH_WHY bytes) that names what was
 * wrong and what was expected. Not async-signal-safe.
 */
bool uh_destination_parse(const char *text, struct uh_destination *destination, char *why);

/*
 * Writes the canonical name (uh_name_parse) in a destination's text into name (UH_NAME_MAX + 1
 * bytes). Returns false if the text has no name. Not async-signal-safe.
 */
bool uh_destination_name(const char *text, char *name);

/*
 * Parses a target: "unix:/path", "unix:@abstract", "IP", "IP:port", "[IPv6]:port", "direct",
 * "refuse". The path is a template (table/path_template.h); only a route tells its longest
 * result. Returns false with a reason in why, like uh_destination_parse. Not async-signal-safe.
 */
bool uh_target_parse(const char *text, struct uh_target *target, char *why);

/*
 * Finds a second target in a text that should be one target. Returns the separator before it
 * (blank, comma, semicolon, bar, "=", in a path also a colon), or NULL. A separator behind a
 * backslash does not count. Not async-signal-safe.
 */
const char *uh_target_find_second(const char *text);

/*
 * Returns true, with a sentence for a warning in why (UH_WHY bytes), if a valid destination or
 * target may be a mistake: it has a hidden port, or a path that ends in a port, a blank or a
 * quotation mark, or is a prefix of multicast addresses. Not async-signal-safe.
 */
bool uh_route_text_is_doubtful(const char *text, char *why);

/*
 * Formats target as uh_target_parse parses it, into text of UH_TARGET_TEXT bytes. Returns text.
 * Unprintable bytes of an abstract name are written as \xNN. Not async-signal-safe.
 */
#define UH_TARGET_TEXT 1024
char *uh_target_format(const struct uh_target *target, char *text);

#endif
