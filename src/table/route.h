/* SPDX-License-Identifier: MIT */
/* route.h: a route as the configuration states it, before it becomes part of a table. */
#ifndef UH_ROUTE_H
#define UH_ROUTE_H

#include "base/address.h"

/* Which sockets a route is for: a set of bits. */
enum uh_protocol { UH_TCP = 1, UH_UDP = 2, UH_ANY = 3 };

/* What to do if no target answers: connect to the original address, or fail. */
enum uh_on_failure { UH_ORIGINAL, UH_REFUSE };

/* The form of the PROXY protocol header that a Unix target is sent first. */
enum uh_proxy_protocol { UH_PROXY_OFF, UH_PROXY_V1, UH_PROXY_V2 };

enum uh_target_kind { UH_TARGET_IP, UH_TARGET_UNIX, UH_TARGET_DIRECT };

/*
 * The connections that a route matches. Any port is 0 to 65535; IPv4 prefix lengths are 96 to
 * 128. For a name, address is the key of the compared text (hostname.h), and prefix_length is
 * UH_EXACT_NAME, or UH_WILDCARD_NAME plus the number of labels behind "*.": a longer "prefix"
 * is more specific for names, too.
 */
#define UH_WILDCARD_NAME 128 /* plus the number of labels behind "*.", 1 to 126 */
#define UH_EXACT_NAME 255
struct uh_destination {
	struct uh_address address;
	uint16_t first_port, last_port;
	uint8_t prefix_length;
};

#define UH_PATH_MAX 107 /* bytes of a Unix socket path without its NUL: unix(7) */

/*
 * A target. An ip.port of 0 keeps the requested port. path has path_length bytes without a
 * final NUL; in an abstract name the first byte is a NUL.
 */
struct uh_target {
	struct uh_endpoint ip;
	uint8_t kind;
	uint8_t path_length;
	char path[UH_PATH_MAX + 1];
};

/* A list of texts. The pointers and the texts belong to the maker of the list. */
struct uh_texts {
	const char **text;
	size_t count;
};

/* A list of user ids, each included or excluded. */
struct uh_users {
	struct uh_user {
		uint32_t id;
		uint32_t excluded;
	} * user;
	size_t count;
};

/*
 * A route. Everything that it points to is borrowed from the caller; uh_builder_add copies what
 * it needs. An empty list of programs, users or peer users means everyone. text is the
 * destination as written.
 */
struct uh_route {
	struct uh_destination destination;
	enum uh_protocol protocol;
	enum uh_on_failure on_failure;
	const struct uh_target *target;
	size_t targets;
	struct uh_texts programs;
	struct uh_users users;
	struct uh_users peer_users; /* none is excluded */
	enum uh_proxy_protocol proxy_protocol;
	const char *text;
	const char *file;
	unsigned line;
};

#define UH_WHY 256 /* bytes for the reason that a parser of route_text.h gives */

static inline bool uh_destination_is_name(const struct uh_destination *destination)
{
	return destination->prefix_length > UH_WILDCARD_NAME;
}

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
 * Parses a target: "unix:/path", "unix:@abstract", "IP", "IP:port", "[IPv6]:port", "direct".
 * Returns false with a reason in why, like uh_destination_parse. Not async-signal-safe.
 */
bool uh_target_parse(const char *text, struct uh_target *target, char *why);

/*
 * Finds a second target in a text that should be one target. Returns the separator before it
 * (blank, comma, semicolon, bar, "=", in a path also a colon), or NULL. A separator behind a
 * backslash does not count. Not async-signal-safe.
 */
const char *uh_target_second(const char *text);

/*
 * Finds a port in an IPv6 address without brackets, such as "2001:db8::1:443", which parses as
 * an address: the last group may be meant as a port if it has three digits or more, or is 22,
 * 25, 53 or 80. Returns the length of the host before it, or 0 for any other text. Not
 * async-signal-safe.
 */
size_t uh_hidden_port(const char *text);

/*
 * Returns false if the text of length bytes has a byte that is not ASCII, with a reason in why
 * (UH_WHY bytes) that gives the byte's position. Not async-signal-safe.
 */
bool uh_is_ascii(const char *text, size_t length, char *why);

/*
 * Returns true, with a sentence for a warning in why (UH_WHY bytes), if a valid destination or
 * target may be a mistake: it has a hidden port, or a path that ends in a port, a blank or a
 * quotation mark. Not async-signal-safe.
 */
bool uh_is_doubtful(const char *text, char *why);

/*
 * Formats target as uh_target_parse parses it, into text of UH_TARGET_TEXT bytes. Returns text.
 * Unprintable bytes of an abstract name are written as \xNN. Not async-signal-safe.
 */
#define UH_TARGET_TEXT 512
char *uh_target_format(const struct uh_target *target, char *text);

#endif
