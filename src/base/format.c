/* SPDX-License-Identifier: MIT */
/* format.c: a printf(3) that needs little stack; libc's takes two kilobytes. */
#include "format.h"

#include <string.h>

/* at: the place of the next byte. last: the last place, which is for the NUL. */
struct text {
	char *at, *last;
};

static void add(struct text *text, const char *bytes, size_t length)
{
	size_t room = (size_t)(text->last - text->at);

	if (length > room)
		length = room;
	memcpy(text->at, bytes, length);
	text->at += length;
}

/* most is negative if there is no precision. */
static void add_string(struct text *text, const char *string, int most)
{
	if (!string)
		string = "(null)";
	add(text, string, most < 0 ? strlen(string) : strnlen(string, (size_t)most));
}

static void add_number(struct text *text, unsigned long long number, unsigned base)
{
	char digits[20]; /* ULLONG_MAX in decimal */
	char *first = digits + sizeof(digits);

	do
		*--first = "0123456789abcdef"[number % base];
	while ((number /= base) > 0);
	add(text, first, (size_t)(digits + sizeof(digits) - first));
}

static void add_signed(struct text *text, int number)
{
	if (number < 0)
		add(text, "-", 1);
	add_number(text, number < 0 ? 0U - (unsigned)number : (unsigned)number, 10);
}

/* A va_list may be an array type; inside a structure its address can be passed on. */
struct arguments {
	va_list list;
};

/* Writes one conversion; format points behind its "%". Returns the text behind the conversion.
 */
static const char *convert(struct text *text, const char *format, struct arguments *arguments)
{
	int most = -1;

	if (strncmp(format, ".*", 2) == 0) {
		most = va_arg(arguments->list, int);
		format += 2;
	}
	if (strncmp(format, "llu", 3) == 0) {
		add_number(text, va_arg(arguments->list, unsigned long long), 10);
		return format + 3;
	}
	switch (*format) {
	case 's':
		add_string(text, va_arg(arguments->list, const char *), most);
		break;
	case 'd':
		add_signed(text, va_arg(arguments->list, int));
		break;
	case 'u':
		add_number(text, va_arg(arguments->list, unsigned), 10);
		break;
	case 'x':
		add_number(text, va_arg(arguments->list, unsigned), 16);
		break;
	default: /* "%%"; no other conversion exists here */
		add(text, "%", 1);
		return format + (*format == '%');
	}
	return format + 1;
}

size_t uh_format_list(char *text, size_t size, const char *format, va_list list)
{
	struct text out = {text, NULL};
	struct arguments arguments;

	if (size == 0)
		return 0;
	out.last = text + size - 1;
	va_copy(arguments.list, list);
	while (*format) {
		size_t plain = strcspn(format, "%");

		add(&out, format, plain);
		format += plain;
		if (*format)
			format = convert(&out, format + 1, &arguments);
	}
	va_end(arguments.list);
	*out.at = '\0';
	return (size_t)(out.at - text);
}

size_t uh_format(char *text, size_t size, const char *format, ...)
{
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	length = uh_format_list(text, size, format, arguments);
	va_end(arguments);
	return length;
}
