/* SPDX-License-Identifier: MIT */
/*
 * confdir.h: a temporary directory with configuration files, and functions that parse its
 * main.conf.
 */
#ifndef UH_TEST_CONFDIR_H
#define UH_TEST_CONFDIR_H

#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/parse_config.h"

/* dir ends with a slash. image and table are those of the last parse, or NULL if it failed. */
static char dir[32];
static struct faults faults;
static void *image;
static size_t size;
static const struct uh_table *table;

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s%s", dir, name);
	return path;
}

/* Makes a new file, because some file systems write an old one to disk when it is emptied. */
static FILE *create(const char *name)
{
	FILE *file;

	unlink(path_of(name));
	file = fopen(path_of(name), "w");
	assert_non_null(file);
	return file;
}

/* Writes a file; every "@/" in text becomes the directory. */
static void write_conf(const char *name, const char *text)
{
	FILE *file = create(name);

	for (; *text; text++) {
		if (strncmp(text, "@/", 2) == 0)
			fputs(dir, file);
		else
			fputc(*text, file);
		text += strncmp(text, "@/", 2) == 0;
	}
	assert_int_equal(fclose(file), 0);
}

static inline void parse_request(struct uh_parse_request request)
{
	if (image)
		munmap(image, size);
	request.report = (struct uh_fault_reporter){faults_add, &faults};
	faults_begin(&faults, dir);
	errno = 0;
	image = uh_parse_config(&request, &size);
	table = image ? uh_table_open(image, size) : NULL;
	assert_true(!image == !table);
	if (!image)
		assert_int_equal(errno, EINVAL);
}

/* Parses main.conf, which is text. */
static inline void parse(const char *text)
{
	write_conf("main.conf", text);
	parse_request((struct uh_parse_request){.file = path_of("main.conf")});
}

/* Parses text, which must be refused with these faults. */
static inline void refused(const char *text, const char *expected)
{
	parse(text);
	assert_string_equal(faults.text, expected);
	assert_null(image);
}

/* Parses text, which must be accepted as this number of routes, without a report. */
static inline void taken(const char *text, unsigned routes)
{
	parse(text);
	assert_string_equal(faults.text, "");
	assert_non_null(image);
	assert_int_equal(uh_table_routes(table), routes);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/uh-config-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	strcat(dir, "/");
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	if (image)
		munmap(image, size);
	image = NULL;
	return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

#endif
