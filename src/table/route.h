/* SPDX-License-Identifier: MIT */
/* route.h: one route as the configuration says it, before it becomes part of a table. */
#ifndef UH_ROUTE_H
#define UH_ROUTE_H

#include "base/address.h"

/* Which sockets a route is for: a set of bits. */
enum uh_protocol { UH_TCP = 1, UH_UDP = 2, UH_ANY = 3 };

/* What happens when no target answers. */
enum uh_on_failure { UH_ORIGINAL, UH_REFUSE };

/* Which form of the PROXY protocol's header a Unix target is sent first. */
enum uh_proxy_protocol { UH_PROXY_OFF, UH_PROXY_V1, UH_PROXY_V2 };

enum uh_target_kind { UH_TARGET_IP, UH_TARGET_UNIX, UH_TARGET_DIRECT };

/*
 * What connections a route is for. Any port is 0 to 65535; IPv4 prefix lengths are 96 to 128.
 * For a name the address is the key of what is compared (hostname.h), and the prefix length
 * says what that is: longer ones are still more specific.
 */
#define UH_WILDCARD_NAME 128 /* plus the labels behind "*.", 1 to 126 */
#define UH_EXACT_NAME 255
struct uh_destination {
	struct uh_address address;
	uint16_t first_port, last_port;
	uint8_t prefix_length;
};

#define UH_PATH_MAX 107 /* bytes of a Unix socket path without its NUL: unix(7) */

/*
 * Where a connection goes. ip.port 0 keeps the port that was asked for. path holds path_length
 * bytes, a NUL first for an abstract name, and no NUL at its end.
 */
struct uh_target {
	struct uh_endpoint ip;
	uint8_t kind;
	uint8_t path_length;
	char path[UH_PATH_MAX + 1];
};

/* A list of texts: count pointers, owned by whoever made the list. */
struct uh_texts {
	const char **text;
	size_t count;
};

/* A list of user ids, each to include or (negated) to exclude. */
struct uh_users {
	struct uh_user {
		uint32_t id;
		uint32_t excluded;
	} * user;
	size_t count;
};

/*
 * One route. Everything it points to is borrowed from the caller; uh_builder_add copies what it
 * keeps. An empty list of programs, users or peer users means "every one". text is the
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

#define UH_WHY 256 /* bytes that hold any reason a parser below gives */

static inline bool uh_destination_is_name(const struct uh_destination *destination)
{
	return destination->prefix_length > UH_WILDCARD_NAME;
}

/*
 * Reads "ADDRESS", "ADDRESS/LENGTH", "NAME" or "*.NAME", each with ":PORT" or ":FIRST-LAST" or
 * without; IPv6 in brackets where a port follows ("[2001:db8::]/32:443" and
 * "[2001:db8::1]:443"), with or without them otherwise. Returns false with a sentence in why
 * (UH_WHY bytes) that names what was wrong and what was expected: port out of range, host bits
 * set, and so on. Not async-signal-safe.
 */
bool uh_destination_parse(const char *text, struct uh_destination *destination, char *why);

/*
 * The name in a text that uh_destination_parse reads, as uh_name_parse writes it, into name
 * (UH_NAME_MAX + 1 bytes). Returns false where the text has no name. Not async-signal-safe.
 */
bool uh_destination_name(const char *text, char *name);

/*
 * Reads a target: "unix:/path", "unix:@abstract", "IP", "IP:port", "[IPv6]:port", "direct".
 * Errors as above. Not async-signal-safe.
 */
bool uh_target_parse(const char *text, struct uh_target *target, char *why);

/*
 * The separator (blank, comma, semicolon, bar, "=", in a path also a colon) behind which text
 * goes on with another target, as if two were written in one; NULL for none. One behind a
 * backslash is passed over. Not async-signal-safe.
 */
const char *uh_target_second(const char *text);

/*
 * The length of the host in an IPv6 address without brackets that reads as an address to its
 * end, while its last group may be meant as a port ("2001:db8::1:443"): one of three digits or
 * more, or 22, 25, 53 or 80. 0 for any other text. Not async-signal-safe.
 */
size_t uh_hidden_port(const char *text);

/*
 * False, with a reason in why (UH_WHY bytes) that says where, if one of length bytes of text is
 * not ASCII. Not async-signal-safe.
 */
bool uh_is_ascii(const char *text, size_t length, char *why);

/*
 * True, with a sentence for a warning in why (UH_WHY bytes), for a destination or target that
 * is sound, but may be meant otherwise: with a hidden port, or a path that ends in a port, a
 * blank or a quotation mark. Not async-signal-safe.
 */
bool uh_is_doubtful(const char *text, char *why);

/*
 * Writes target as uh_target_parse reads it, into text of UH_TARGET_TEXT bytes. Returns text.
 * Bytes of an abstract name that cannot be printed appear as \xNN. Not async-signal-safe.
 */
#define UH_TARGET_TEXT 512
char *uh_target_format(const struct uh_target *target, char *text);

#endif
