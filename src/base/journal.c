/* SPDX-License-Identifier: MIT */
/* journal.c: the form of log lines. */
#include "journal.h"

#include <stdint.h>
#include <string.h>

size_t uh_journal_field(char *buffer, size_t size, size_t used, const char *name,
			const char *value)
{
	size_t name_length = strlen(name), length = value ? strlen(value) : 0;
	char *at = buffer + used;

	if (!value || size - used < name_length + length + 10)
		return used;
	at = mempcpy(at, name, name_length);
	if (memchr(value, '\n', length)) {
		*at++ = '\n';
		for (unsigned i = 0; i < 64; i += 8) /* little-endian on every machine */
			*at++ = (char)((uint64_t)length >> i & 0xff);
	} else {
		*at++ = '=';
	}
	at = mempcpy(at, value, length);
	*at++ = '\n';
	return (size_t)(at - buffer);
}

char *uh_journal_plain(char *text)
{
	for (char *at = text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	return text;
}
