/* SPDX-License-Identifier: MIT */
/* host_port.c: parses numbers, ports, and "[HOST]/LENGTH:PORTS". */
#include "host_port.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool uh_because(char *why, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, UH_WHY, format, arguments);
	va_end(arguments);
	return false;
}

bool uh_number_parse(const char *text, unsigned max, unsigned *value)
{
	size_t digits = strspn(text, "0123456789");
	unsigned number = 0;

	/* Five digits cannot overflow. A leading zero is refused: some readers take it for
	 * octal. */
	if (digits == 0 || digits > 5 || text[digits] || (*text == '0' && digits > 1))
		return false;
	for (; *text; text++)
		number = number * 10 + (unsigned)(*text - '0');
	if (number > max)
		return false;
	*value = number;
	return true;
}

bool uh_port_parse(const char *text, const char *whole, uint16_t *port, char *why)
{
	unsigned number;

	if (!uh_number_parse(text, UINT16_MAX, &number) || number == 0)
		return uh_because(why,
				  "bad port \"%.20s\" in " UH_QUOTE "; expected 1 to 65535",
				  text, whole);
	*port = (uint16_t)number;
	return true;
}

/* Ends the text at the character at, and returns the text behind it. NULL stays NULL. */
static char *cut(char *at)
{
	if (!at)
		return NULL;
	*at = '\0';
	return at + 1;
}

/* "[HOST]", "[HOST/LENGTH]" or "[HOST]/LENGTH", each perhaps with ":PORTS". */
static bool split_bracketed(const char *text, struct uh_parts *parts, char *why)
{
	char *close = strchr(parts->copy, ']'), *tail;

	if (!close)
		return uh_because(
		    why, "no closing bracket in " UH_QUOTE "; expected [IPV6]:PORT", text);
	tail = close + 1;
	*close = '\0';
	parts->bracketed = true;
	parts->host = parts->copy + 1;
	/* The length may be on either side of the bracket, because people write both. */
	parts->length = cut(strchr(parts->copy, '/'));
	if (*tail == '/' && !parts->length)
		parts->length = tail + 1;
	else if (*tail && *tail != ':')
		return uh_because(
		    why, "text after the bracket in " UH_QUOTE "; expected [IPV6]:PORT", text);
	parts->ports = cut(strchr(tail, ':'));
	return true;
}

bool uh_is_ascii(const char *text, size_t length, char *why)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] > 0x7f)
			return uh_because(
			    why,
			    "byte %zu of \"%.*s\" (0x%02x) is not ASCII; expected plain quotes "
			    "and blanks, and a name in its ASCII form (xn--…)",
			    i + 1, length < 80 ? (int)length : 80, text,
			    (unsigned)(unsigned char)text[i]);
	return true;
}

bool uh_parts_split(const char *text, struct uh_parts *parts, char *why)
{
	const char *colon = strchr(text, ':');
	size_t length = strlen(text);

	*parts = (struct uh_parts){0};
	if (length == 0)
		return uh_because(why, "empty text; expected an IP address or a name");
	if (!uh_is_ascii(text, length, why))
		return false;
	if (length >= sizeof(parts->copy))
		return uh_because(
		    why, UH_QUOTE "… is %zu bytes long; expected an IP address or a name", text,
		    length);
	memcpy(parts->copy, text, length + 1);
	if (*text == '[')
		return split_bracketed(text, parts, why);
	/* With two colons it is an IPv6 address, in which a port would look like a group. */
	if (colon && !strchr(colon + 1, ':'))
		parts->ports = cut(parts->copy + (colon - text));
	parts->host = parts->copy;
	parts->length = cut(strchr(parts->copy, '/'));
	return true;
}

/* A group of one or two digits is hardly a port, unless it is a well-known one. */
static bool is_likely_port(const char *text)
{
	unsigned port;

	if (!uh_number_parse(text, UINT16_MAX, &port) || !port)
		return false;
	return port > 99 || port == 22 || port == 25 || port == 53 || port == 80;
}

size_t uh_hidden_port(const char *text)
{
	const char *colon = strrchr(text, ':');
	struct uh_address address;
	char host[UH_ADDRESS_TEXT];
	size_t length;

	if (*text == '[' || !colon || !is_likely_port(colon + 1) ||
	    !uh_address_parse(text, &address))
		return 0;
	length = (size_t)(colon - text);
	if (length >= sizeof(host))
		return 0;
	memcpy(host, text, length);
	host[length] = '\0';
	return uh_address_parse(host, &address) ? length : 0;
}
