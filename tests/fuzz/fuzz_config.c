/* SPDX-License-Identifier: MIT */
/*
 * fuzz_config.c: parses a configuration.
 *
 * The input is the main file; the part behind a line of four dashes is the file that include()
 * reads.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

static int main_file, included_file;
static char main_name[64], included_name[64];

static int make_file(const char *name, char *path, size_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	MUST(fd >= 0);
	snprintf(path, size, "/proc/self/fd/%d", fd);
	return fd;
}

int LLVMFuzzerInitialize(int *count, char ***argument)
{
	(void)count, (void)argument;
	main_file = make_file("main", main_name, sizeof(main_name));
	included_file = make_file("included", included_name, sizeof(included_name));
	return 0;
}

static void fill(int fd, const uint8_t *data, size_t size)
{
	MUST(ftruncate(fd, 0) == 0);
	MUST(pwrite(fd, data, size, 0) == (ssize_t)size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char mark[] = "\n----\n";
	const uint8_t *dashes = memmem(data, size, mark, sizeof(mark) - 1);
	size_t length = dashes ? (size_t)(dashes - data) + 1 : size, image_size;
	void *image;

	fill(main_file, data, length);
	fuzz_included = NULL;
	if (dashes) {
		dashes += sizeof(mark) - 1;
		fill(included_file, dashes, (size_t)(data + size - dashes));
		fuzz_included = included_name;
	}
	image = fuzz_parse(main_name, NULL, &image_size);
	if (!image)
		return 0;
	fuzz_ask(image);
	munmap(image, image_size);
	return 0;
}
