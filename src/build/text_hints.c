/* SPDX-License-Identifier: MIT */
/* text_hints.c: says how a wrong target or destination has to be written. */
#include "text_hints.h"

#include <stdio.h>
#include <string.h>

#include "base/hostname.h"
#include "base/typo.h"
#include "route_text.h"

#define SEPARATORS " \t,;"
#define PORT_BYTES                                                                             \
	"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_+.-" /* or a service   \
									      */
#define LIST 128 /* bytes of a list that a reason can hold beside the quoted text */

/* The host and the port of a URL. */
struct url {
	char host[UH_QUOTED]; /* a name or an address, without brackets */
	char port[8];	      /* "": neither written nor known from the scheme */
};

static bool is_address(const char *host)
{
	struct uh_address address;

	return uh_address_parse(host, &address);
}

static bool is_name(const char *host)
{
	char name[UH_NAME_MAX + 1], why[UH_WHY];

	return !is_address(host) && uh_name_parse(host, name, why) &&
	       !uh_name_is_wildcard(name);
}

static const char *port_of_scheme(const char *text)
{
	if (strncmp(text, "http://", 7) == 0 || strncmp(text, "ws://", 5) == 0)
		return "80";
	if (strncmp(text, "https://", 8) == 0 || strncmp(text, "wss://", 6) == 0)
		return "443";
	return "";
}

/* Copies length bytes to text (size bytes). Returns false if they do not fit. */
static bool copy(char *text, size_t size, const char *from, size_t length)
{
	if (length >= size)
		return false;
	memcpy(text, from, length);
	text[length] = '\0';
	return true;
}

/*
 * Splits a URL (RFC 3986, 3.2). Returns false if its authority is not a host with or without a
 * port.
 */
static bool split_url(const char *text, const char *authority, struct url *url)
{
	struct uh_parts parts;
	char plain[UH_QUOTED], why[UH_WHY], *at;
	uint16_t port;

	if (!copy(plain, sizeof(plain), authority, strcspn(authority, "/?#")))
		return false;
	at = strrchr(plain, '@'); /* behind the user */
	if (!uh_parts_split(at ? at + 1 : plain, &parts, why) || parts.length ||
	    !(is_address(parts.host) || is_name(parts.host)))
		return false;
	if (parts.ports && *parts.ports && !uh_port_parse(parts.ports, text, &port, why))
		return false;
	copy(url->host, sizeof(url->host), parts.host, strlen(parts.host));
	snprintf(url->port, sizeof(url->port), "%.5s",
		 parts.ports && *parts.ports ? parts.ports : port_of_scheme(text));
	return true;
}

/* Writes "HOST:PORT" or "HOST", with brackets about IPv6, into text (LIST bytes). */
static const char *join(const char *host, const char *port, char *text)
{
	bool brackets = strchr(host, ':') && *port;

	snprintf(text, LIST, "%s%.79s%s%s%.5s", brackets ? "[" : "", host, brackets ? "]" : "",
		 *port ? ":" : "", port);
	return text;
}

/* Says which target is meant by a name, as far as that can be told without a look-up. */
static void suggest_for_name(const char *text, const char *what, const char *host,
			     const char *port, char *why)
{
	char target[LIST];

	if (strcmp(host, "localhost") == 0)
		uh_because(why,
			   UH_QUOTE " is not a target, because %s; expected an IP address, as "
				    "in \"%s\"",
			   text, what, join("127.0.0.1", port, target));
	else
		uh_because(
		    why,
		    "\"%.60s\" is not a target, because %s; expected an IP address%s%.5s "
		    "('getent hosts %.50s' prints it)",
		    text, what, *port ? " and :" : "", port, host);
}

/* The form of nginx: http://unix:/path, with or without a second colon behind the path. */
static void hint_unix_url(const char *text, const char *path, char *why)
{
	uh_because(why, UH_QUOTE " is a URL; expected \"%.*s\"", text,
		   (int)(5 + strcspn(path + 5, ":?#")) % UH_QUOTED, path);
}

static bool hint_url(const char *text, bool target, char *why)
{
	const char *authority = strstr(text, "://");
	char right[LIST];
	struct url url;

	if (!authority || strncmp(text, "unix:", 5) == 0)
		return false;
	authority += 3;
	if (target && strncmp(authority, "unix:/", 6) == 0)
		hint_unix_url(text, authority, why);
	else if (!split_url(text, authority, &url))
		uh_because(why, UH_QUOTE " is a URL; expected %s and a port", text,
			   target ? "an IP address" : "an address or a name");
	else if (target && !is_address(url.host))
		suggest_for_name(text, "it is a URL with a name", url.host, url.port, why);
	else
		uh_because(why, UH_QUOTE " is a URL; expected \"%s\"", text,
			   join(url.host, url.port, right));
	return true;
}

/* Finds an IPv6 address and a port without brackets, which is not also an address. */
static bool hint_brackets(const char *text, char *why)
{
	const char *colon = strrchr(text, ':');
	char host[UH_ADDRESS_TEXT];

	if (!colon || !colon[1] || colon[1 + strspn(colon + 1, PORT_BYTES)] ||
	    !copy(host, sizeof(host), text, (size_t)(colon - text)) || !strchr(host, ':') ||
	    !is_address(host) || is_address(text))
		return false;
	uh_because(why,
		   UH_QUOTE
		   " is not an IP address: a port needs brackets about IPv6 before it; "
		   "expected \"[%s]:%.20s\"",
		   text, host, colon + 1);
	return true;
}

/* True for a text that is probably meant as a target, or as a destination. */
static bool is_piece(const char *text, bool target)
{
	struct uh_destination destination;
	struct uh_target parsed;
	struct uh_parts parts;
	char why[UH_WHY];

	/* One word of a name with a blank in it is hardly a destination. */
	if (target ? uh_target_parse(text, &parsed, why)
		   : strpbrk(text, ".:") && uh_destination_parse(text, &destination, why))
		return true;
	/* The port may be the name of a service. */
	return uh_parts_split(text, &parts, why) && is_address(parts.host) && parts.ports &&
	       *parts.ports && !parts.ports[strspn(parts.ports, PORT_BYTES)];
}

/*
 * Writes the pieces of text as a list into list (LIST bytes). Returns the number of pieces, or
 * 0 if one is wrong, or if the list does not fit.
 */
static unsigned list_pieces(const char *text, bool target, char *list)
{
	unsigned count = 0;
	size_t used = 0;
	char piece[LIST];

	for (text += strspn(text, SEPARATORS); *text; text += strspn(text, SEPARATORS)) {
		size_t length = strcspn(text, SEPARATORS);

		if (!copy(piece, sizeof(piece), text, length) || !is_piece(piece, target) ||
		    used + length + 5 > LIST)
			return 0;
		used += (size_t)snprintf(list + used, LIST - used, "%s\"%s\"",
					 count ? ", " : "", piece);
		text += length;
		count++;
	}
	return count;
}

static bool hint_list(const char *text, bool target, char *why)
{
	char list[LIST];

	/* A piece, which is parsed for itself, has no separator. */
	if (!strpbrk(text, SEPARATORS) || strnlen(text, UH_WHY) == UH_WHY)
		return false;
	/* The quoted text is short, because the list repeats it. */
	if (list_pieces(text, target, list) < 2)
		return false;
	if (target)
		uh_because(why, "\"%.60s\" is more than one target; expected { %s }", text,
			   list);
	else
		uh_because(why,
			   "\"%.60s\" is not an IP address, nor a name; expected a route for "
			   "each of %s",
			   text, list);
	return true;
}

static bool hint_name(const char *text, char *why)
{
	static const char *const words[] = {"direct", "refuse", NULL};
	struct uh_parts parts;
	const char *ports;

	if (!uh_parts_split(text, &parts, why) || parts.bracketed || parts.length ||
	    !is_name(parts.host) || strcmp(parts.host, "unix") == 0)
		return false;
	ports = parts.ports ? parts.ports : "";
	if (!*ports && uh_typo_guess(parts.host, words, sizeof(*words), 0))
		return false;
	if (ports[strspn(ports, "0123456789")] || strlen(ports) > 5)
		return false;
	suggest_for_name(text, "names of targets are not looked up", parts.host, ports, why);
	return true;
}

bool uh_unix_path_hint(const char *path, char *why)
{
	const char *plain = path + strspn(path, " \t");

	if (!*plain || strchr(".~@", *plain))
		return false;
	uh_because(
	    why, "\"unix:%.75s\" has no absolute path; expected \"unix:%s%.75s\" if it is in /",
	    path, *plain == '/' ? "" : "/", plain);
	return true;
}

bool uh_target_hint(const char *text, char *why)
{
	if (hint_list(text, true, why))
		return true;
	if (*text == '/') {
		uh_because(why, UH_QUOTE " is a path; expected \"unix:%.80s\"", text, text);
		return true;
	}
	return hint_url(text, true, why) || hint_brackets(text, why) || hint_name(text, why);
}

/* Finds "*", ":PORT" and "*:PORT", which mean every address. */
static bool hint_every_address(const char *text, char *why)
{
	const char *port = text + (*text == '*');
	bool has_port = *port == ':' && port[1] && !port[1 + strspn(port + 1, PORT_BYTES)];

	if (!has_port && (*port || port == text))
		return false;
	uh_because(why,
		   UH_QUOTE
		   " is not an IP address, nor a name; expected \"0.0.0.0/0%.20s\" for "
		   "all of IPv4, \"%s%.20s\" for all of IPv6",
		   text, port, *port ? "[::]/0" : "::/0", port);
	return true;
}

bool uh_destination_hint(const char *text, char *why)
{
	return hint_url(text, false, why) || hint_every_address(text, why) ||
	       hint_brackets(text, why) || hint_list(text, false, why);
}
