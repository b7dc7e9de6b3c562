/* SPDX-License-Identifier: MIT */
/* route.h: a route as the configuration states it, before it becomes part of a table. */
#ifndef UH_ROUTE_H
#define UH_ROUTE_H

#include "image.h"

/*
 * The connections that a route matches. Any port is 0 to 65535; IPv4 prefix lengths are 96 to
 * 128. For a name, address is the key of the compared text (hostname.h), and prefix_length is
 * UH_EXACT_NAME, or UH_WILDCARD_NAME plus the number of labels behind "*.": a longer "prefix"
 * is more specific for names, too.
 */
struct uh_destination {
	struct uh_address address;
	uint16_t first_port, last_port;
	uint8_t prefix_length;
};

/*
 * A target. An ip.port of 0 keeps the requested port. path has path_length bytes without a
 * final NUL; in an abstract name the first byte is a NUL. The path of a route is a template
 * (path_template.h), and that of one connection is not.
 */
struct uh_target {
	struct uh_endpoint ip;
	uint8_t kind;
	uint8_t path_length;
	char path[UH_TEMPLATE_MAX + 1];
};

/* A list of texts. The pointers and the texts belong to the maker of the list. */
struct uh_texts {
	const char **text;
	size_t count;
};

/* A list of user ids, each included or excluded. */
struct uh_users {
	struct uh_user *user;
	size_t count;
};

/*
 * A place in the text of a configuration, which must outlive it. line is the first byte of the
 * line, which ends at a line break or a NUL; NULL: the place is unknown.
 */
struct uh_position {
	const char *line, *at;
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
	bool replaces; /* an equal route of a file that was read earlier */
	const char *text;
	const char *file;
	unsigned line;
	struct uh_position position; /* of its destination */
};

/* True if the destination is a name. Async-signal-safe. */
static inline bool uh_destination_is_name(const struct uh_destination *destination)
{
	return destination->prefix_length > UH_WILDCARD_NAME;
}

#endif
