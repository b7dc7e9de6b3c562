/* SPDX-License-Identifier: MIT */
/* host_port.h: parses the parts that destinations and targets have in common. */
#ifndef UH_HOST_PORT_H
#define UH_HOST_PORT_H

#include "address.h"

#define UH_WHY 256 /* bytes that hold any reason that a parser gives */

/* Quotes so much of a wrong text in a reason that "expected …" always fits behind it. */
#define UH_QUOTE "\"%.80s\""
#define UH_QUOTED 80 /* the most bytes that UH_QUOTE prints */

/*
 * Reads a decimal number of at most max (below 100,000) without leading zero, sign or blank.
 * Returns false, with *value unchanged, for anything else. Async-signal-safe.
 */
bool uh_number_parse(const char *text, unsigned max, unsigned *value);

/*
 * Reads a port, 1 to 65535. Returns false with a reason in why (UH_WHY bytes); the reason
 * quotes whole, the text that contains the port. Not async-signal-safe.
 */
bool uh_port_parse(const char *text, const char *whole, uint16_t *port, char *why);

/* The parts of "HOST", "HOST/LENGTH", "[HOST]…", each with ":PORTS"; absent parts are NULL. */
struct uh_parts {
	char copy[288]; /* a name (253 bytes) with a range of ports */
	char *host, *length, *ports;
	bool bracketed;
};

/* Splits text into parts, which point into parts->copy. Returns false with a reason in why
 * (UH_WHY bytes). Not async-signal-safe. */
bool uh_parts_split(const char *text, struct uh_parts *parts, char *why);

/* Writes a reason into why (UH_WHY bytes). Returns false, so that callers can return the call.
 * Not async-signal-safe. */
bool uh_because(char *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

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

#endif
