/* SPDX-License-Identifier: MIT */
/* with_option.c: candidates that are read in the place of configuration files. */
#include "with_option.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/parse_config.h"
#include "diag.h"
#include "load_table.h"
#include "print_fault.h"

#define STANDARD_INPUT "/dev/stdin" /* the path that stands for it */
#define SHOWN "<stdin>"

/* The string literals of a substitute are never freed. */
static bool add(struct uh_with *with, const char *path, const char *file, const char *shown)
{
	struct uh_substitute *added = uh_array_add(&with->list, 1, sizeof(*added));

	if (!added) {
		uh_error("%s", strerror(errno));
		return false;
	}
	*added = (struct uh_substitute){path, file, shown, false};
	return true;
}

/* Copies standard input into fd. A configuration may be read twice, and a pipe cannot be. */
static bool copy_standard_input(int fd)
{
	char bytes[65536];
	ssize_t got;

	while ((got = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0)
		for (ssize_t put = 0, more; put < got; put += more) {
			more = write(fd, bytes + put, (size_t)(got - put));
			if (more < 0)
				return false;
		}
	return got == 0;
}

/* Returns a path of standard input's copy, or NULL (reported). The descriptor stays open. */
static const char *standard_input(struct uh_with *with)
{
	int fd;

	if (with->standard_input)
		return with->standard_input;
	fd = memfd_create("stdin", MFD_CLOEXEC);
	if (fd < 0 || !copy_standard_input(fd) ||
	    asprintf(&with->standard_input, "/proc/self/fd/%d", fd) < 0) {
		uh_error("standard input: %s", strerror(errno));
		with->standard_input = NULL;
	}
	return with->standard_input;
}

bool uh_with_add(struct uh_with *with, const char *argument)
{
	const char *path = strstr(argument, "=/");
	const char *file;
	char *copy;

	if (!path || path == argument) {
		uh_error("--with %s: expected FILE=PATH, with an absolute PATH", argument);
		return false;
	}
	if (strncmp(argument, "-=", 2) == 0) {
		file = standard_input(with);
		return file && add(with, path + 1, file, SHOWN);
	}
	copy = strndup(argument, (size_t)(path - argument));
	if (!copy)
		uh_error("%s", strerror(errno));
	if (copy && add(with, path + 1, copy, copy))
		return true;
	free(copy);
	return false;
}

bool uh_with_standard_input(struct uh_with *with, struct uh_table_request *source)
{
	const char *file = standard_input(with);

	source->file = STANDARD_INPUT;
	source->shown = SHOWN;
	return file && add(with, STANDARD_INPUT, file, SHOWN);
}

static int compare(const void *a, const void *b)
{
	const struct uh_substitute *first = a, *second = b;

	return strcmp(first->path, second->path);
}

/* The list ends with an element that array.count does not count. */
bool uh_with_apply(struct uh_with *with, struct uh_table_request *source)
{
	struct uh_substitute *list;

	if (!add(with, NULL, NULL, NULL))
		return false;
	list = with->list.items;
	with->list.count--;
	if (with->list.count > 1)
		qsort(list, with->list.count, sizeof(*list), compare);
	for (size_t i = 0; i < with->list.count; i++)
		list[i].used = false;
	source->substitutes = list;
	return true;
}

bool uh_with_all_used(const struct uh_with *with, const struct uh_table_request *source)
{
	const struct uh_substitute *list = with->list.items;
	const char *main_file = source->shown ? source->shown : source->file;
	char text[512];
	bool good = true;

	for (size_t i = 0; i < with->list.count; i++) {
		if (list[i].used || strcmp(list[i].path, STANDARD_INPUT) == 0)
			continue;
		snprintf(text, sizeof(text),
			 "would not be read at %s; expected an include() in %s that matches "
			 "this path",
			 list[i].path, main_file);
		uh_print_fault(false, list[i].shown, 0, text);
		good = false;
	}
	return good;
}

void uh_with_free(struct uh_with *with)
{
	const struct uh_substitute *list = with->list.items;

	for (size_t i = 0; i < with->list.count; i++)
		if (list[i].file == list[i].shown)
			free((char *)list[i].shown);
	free(with->list.items);
	free(with->standard_input);
}
