/* SPDX-License-Identifier: MIT */
/* target.c: parses and formats targets. */
#include <stdio.h>
#include <string.h>

#include "route_text.h"
#include "table/path_template.h"
#include "text_hints.h"

#define EXPECTED "unix:/path, unix:@name, IP, IP:port, [IPv6]:port, direct or refuse"

/*
 * True for a text that can hardly be anything but a target. An IP address, a Unix socket's
 * path, "direct" or "refuse" seldom ends a path by chance.
 */
static bool is_plain_target(const char *text)
{
	struct uh_target target;
	char why[UH_WHY];

	return strncmp(text, "unix:/", 6) == 0 || strncmp(text, "unix:@", 6) == 0 ||
	       uh_target_parse(text, &target, why);
}

const char *uh_target_find_second(const char *text)
{
	/* In other targets a colon stands before a port, or in an IPv6 address. */
	const char *stops = strncmp(text, "unix:", 5) == 0 ? " \t,;|=:" : " \t,;|=";

	for (const char *at = text; *at && (at = strpbrk(at, stops)); at++)
		if (at > text && at[-1] != '\\' &&
		    is_plain_target(at + 1 + strspn(at + 1, " \t")))
			return at;
	return NULL;
}

/* Returns the length of a Unix target's text before a ":PORT" at its end, or 0. */
static size_t length_before_port(const char *text)
{
	const char *colon = strrchr(text, ':');
	unsigned port;

	return strncmp(text, "unix:", 5) == 0 && colon > text + 5 &&
		       uh_number_parse(colon + 1, UINT16_MAX, &port) && port
		   ? (size_t)(colon - text)
		   : 0;
}

/*
 * Also recognises, in UTF-8, the typographic quotes that stand for " and ', and the no-break
 * space.
 */
static bool ends_in_blank_or_quote(const char *text)
{
	size_t length = strlen(text);
	const unsigned char *end = (const unsigned char *)text + length;

	if (length && strchr(" \t\r\n\"'", end[-1]))
		return true;
	return (length > 1 && end[-2] == 0xc2 && end[-1] == 0xa0) ||
	       (length > 2 && end[-3] == 0xe2 && end[-2] == 0x80 && end[-1] >= 0x98 &&
		end[-1] <= 0x9f);
}

/* True for a prefix that holds multicast addresses alone: a prefix does not match these. */
static bool is_prefix_of_groups(const char *text)
{
	struct uh_destination destination;
	char why[UH_WHY];

	if (!strchr(text, '/') || !uh_destination_parse(text, &destination, why) ||
	    uh_destination_is_name(&destination) || destination.prefix_length == 128)
		return false;
	return uh_address_is_group(&destination.address) &&
	       destination.prefix_length >=
		   (uh_address_is_v4(&destination.address) ? UH_V4_PREFIX + 4 : 8);
}

bool uh_route_text_is_doubtful(const char *text, char *why)
{
	int host = (int)uh_hidden_port(text), path = (int)length_before_port(text);

	if (host)
		uh_because(why,
			   "\"%s\" is an address with any port; expected [%.*s]%s if a port is "
			   "meant, else [%s]",
			   text, host, text, text + host, text);
	else if (path)
		uh_because(why,
			   UH_QUOTE " is a path to its end, because a Unix socket has no port; "
				    "expected the path without \"%s\" if a port is meant",
			   text, text + path);
	else if (strncmp(text, "unix:", 5) == 0 && ends_in_blank_or_quote(text))
		uh_because(why,
			   "the path in " UH_QUOTE
			   " ends in a blank or a quotation mark; expected a path without it",
			   text);
	else if (is_prefix_of_groups(text))
		uh_because(why,
			   UH_QUOTE " matches nothing, because a multicast address needs a "
				    "route of its own; expected single addresses",
			   text);
	else
		return false;
	return true;
}

/* path is the part of text behind "unix:". */
static bool read_unix(const char *text, const char *path, struct uh_target *target, char *why)
{
	size_t length = strlen(path), shortest = uh_path_longest(path, length, NULL);

	if (*path != '/' && *path != '@')
		return !uh_unix_path_hint(path, why) &&
		       uh_because(why,
				  UH_QUOTE
				  " has no absolute path; expected unix:/path or unix:@name",
				  text);
	if (length == 1)
		return uh_because(
		    why, UH_QUOTE " names no socket; expected unix:/path or unix:@name", text);
	if (*path == '/' && path[length - 1] == '/')
		return uh_because(
		    why, UH_QUOTE " names a directory; expected the path of a socket", text);
	if (uh_path_bad_percent(path, length))
		return uh_because(why,
				  UH_QUOTE " has a %% that begins none of %%p, %%a and %%%%; "
					   "expected %%%% for a percent sign",
				  text);
	/* The @ stands for the leading NUL of an abstract name, so it counts as a byte. */
	if (shortest > UH_PATH_MAX)
		return uh_because(why,
				  "path of %zu bytes in " UH_QUOTE "…; expected at most %d",
				  shortest, text, UH_PATH_MAX);
	memcpy(target->path, path, length);
	if (*path == '@')
		target->path[0] = '\0';
	target->kind = UH_TARGET_UNIX;
	target->path_length = (uint8_t)length;
	return true;
}

/*
 * True for an address that needs an interface: connect(2) fails with EINVAL without one
 * (__ipv6_addr_needs_scope_id() in linux/include/net/ipv6.h). These are fe80::/10 and the
 * multicast groups of an interface or a link. A route cannot name the interface: its index
 * changes when the interface is made again, and differs between network namespaces that share
 * the compiled routes.
 */
static bool needs_zone(const struct uh_address *address)
{
	const unsigned char *byte = address->byte;
	unsigned scope = byte[1] & 0x0f;

	return (byte[0] == 0xfe && (byte[1] & 0xc0) == 0x80) ||
	       (byte[0] == 0xff && (scope == 1 || scope == 2));
}

/* A target is one host: an address and a port, and none of a destination's other parts. */
static bool check_host(const char *text, const struct uh_parts *parts, struct uh_target *target,
		       char *why)
{
	if (strchr(parts->host, '%'))
		return uh_because(why,
				  "zone in " UH_QUOTE
				  "; expected an address that needs no interface, or a Unix "
				  "socket, because a route names no interface",
				  text);
	if (!uh_address_parse(parts->host, &target->ip.address))
		return uh_because(why, UH_QUOTE " is not a target; expected " EXPECTED, text);
	if (needs_zone(&target->ip.address))
		return uh_because(why,
				  UH_QUOTE
				  " is link-local, and a route names no interface; "
				  "expected a global or unique local address, or a Unix socket",
				  text);
	if (parts->length)
		return uh_because(why, UH_QUOTE " has a prefix length; expected one host",
				  text);
	if (parts->bracketed && !strchr(parts->host, ':'))
		return uh_because(
		    why, "IPv4 address in brackets in " UH_QUOTE "; expected no brackets",
		    text);
	/*
	 * On Linux connect() to this address reaches the host itself. It is too easily written
	 * by mistake.
	 */
	if (uh_address_is_unspecified(&target->ip.address))
		return uh_because(
		    why, UH_QUOTE " is not the address of a host; expected a host's address",
		    text);
	return true;
}

bool uh_target_parse(const char *text, struct uh_target *target, char *why)
{
	struct uh_parts parts;

	*target = (struct uh_target){.kind = UH_TARGET_IP};
	if (*text == '\0')
		return uh_because(why, "empty target; expected " EXPECTED);
	if (strcmp(text, "direct") == 0) {
		target->kind = UH_TARGET_DIRECT;
		return true;
	}
	if (strcmp(text, "refuse") == 0) {
		target->kind = UH_TARGET_REFUSE;
		return true;
	}
	if (strncmp(text, "unix:", 5) == 0)
		return read_unix(text, text + 5, target, why);
	if (uh_parts_split(text, &parts, why) && check_host(text, &parts, target, why) &&
	    (!parts.ports || uh_port_parse(parts.ports, text, &target->ip.port, why)))
		return true;
	uh_target_hint(text, why); /* a better reason */
	return false;
}

static char *format_unix(const struct uh_target *target, char *text)
{
	bool abstract = target->path[0] == '\0';
	char *end = text + sprintf(text, "unix:%s", abstract ? "@" : "");

	/*
	 * Names are written to terminals and logs, so control bytes, and in an abstract name
	 * all bytes outside of ASCII, are escaped.
	 */
	for (size_t i = abstract; i < target->path_length; i++) {
		unsigned char byte = (unsigned char)target->path[i];
		bool raw = byte >= 0x20 && byte != 0x7f && !(abstract && byte > 0x7f);

		end += sprintf(end, raw ? "%c" : "\\x%02x", byte);
	}
	return text;
}

char *uh_target_format(const struct uh_target *target, char *text)
{
	if (target->kind == UH_TARGET_UNIX)
		return format_unix(target, text);
	if (target->kind == UH_TARGET_DIRECT)
		return strcpy(text, "direct");
	if (target->kind == UH_TARGET_REFUSE)
		return strcpy(text, "refuse");
	return target->ip.port ? uh_endpoint_format(&target->ip, text)
			       : uh_address_format(&target->ip.address, text);
}
