/* SPDX-License-Identifier: MIT */
/* run.c: `unhairpin run`, which starts a program with the preload object and its routes. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "findings.h"
#include "log.h"

/* env(1) ends with the same three. */
enum { RUN_FAILED = 125, CANNOT_EXECUTE = 126, NOT_FOUND = 127 };

/* LD_PRELOAD is a list that both of these separate, and there is no escape: ld.so(8). */
#define SEPARATORS " :"

struct options {
	char *file, *routes; /* owned */
	const char *log;
	bool quiet;
};

static bool put(const char *name, const char *value)
{
	if (setenv(name, value, 1) == 0)
		return true;
	uh_error("%s: %s", name, strerror(errno));
	return false;
}

static bool is_place(const char *text)
{
	return text[0] == '/' || strcmp(text, "journal") == 0 || strcmp(text, "stderr") == 0;
}

/* LEVEL or LEVEL:PLACE, as UNHAIRPIN_LOG has it. */
static bool set_log(const struct uh_command *command, struct options *options)
{
	size_t length = strcspn(optarg, ":");
	char level[16];

	options->log = optarg;
	snprintf(level, sizeof(level), "%.*s", (int)length, optarg);
	if (length >= sizeof(level) || uh_log_level_parse(level) < 0)
		uh_usage_error(command, "-l %s: expected off, error, warning, info or debug",
			       optarg);
	else if (optarg[length] && !is_place(optarg + length + 1))
		uh_usage_error(command,
			       "-l %s: expected journal, stderr or /path after the colon",
			       optarg);
	else
		return true;
	return false;
}

/* The program reads the file later, perhaps from elsewhere, and in silence: better told now. */
static bool is_readable(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &status) != 0)
		uh_error("-c %s: cannot be opened: %s; expected a readable file", path,
			 strerror(errno));
	else if (!S_ISREG(status.st_mode))
		uh_error("-c %s: not a regular file; expected a readable file", path);
	else
		return close(fd) == 0;
	if (fd >= 0)
		close(fd);
	return false;
}

static bool set_file(struct options *options)
{
	if (!is_readable(optarg))
		return false;
	free(options->file);
	options->file = uh_absolute_path(optarg);
	return options->file;
}

static bool take_option(const struct uh_command *command, int key, struct options *options)
{
	switch (key) {
	case 'c':
		return set_file(options);
	case 'm':
		return uh_map_add(&options->routes, optarg);
	case 'q':
		options->quiet = true;
		return true;
	default:
		return set_log(command, options);
	}
}

static bool is_listed(const char *list, const char *path)
{
	size_t length;

	for (; *list; list += length) {
		list += strspn(list, SEPARATORS);
		length = strcspn(list, SEPARATORS);
		if (length == strlen(path) && strncmp(list, path, length) == 0)
			return true;
	}
	return false;
}

/* First in the list, so that our connect() is the one that programs and other objects call. */
static bool put_preload(void)
{
	const char *path = uh_object_path(), *list = getenv("LD_PRELOAD");
	char *value;

	if (!path)
		return false;
	if (strpbrk(path, SEPARATORS)) {
		uh_error("%s: LD_PRELOAD can't hold a path with a blank or a colon", path);
		return false;
	}
	if (!list || !*list)
		return put("LD_PRELOAD", path);
	if (is_listed(list, path))
		return true;
	if (asprintf(&value, "%s:%s", path, list) < 0) {
		uh_error("LD_PRELOAD: %s", strerror(errno));
		return false;
	}
	bool good = put("LD_PRELOAD", value);
	free(value);
	return good;
}

static bool put_all(const struct options *options)
{
	return (!options->file || put("UNHAIRPIN_CONF", options->file)) &&
	       (!options->routes || put("UNHAIRPIN_ROUTES", options->routes)) &&
	       (!options->log || put("UNHAIRPIN_LOG", options->log)) && put_preload();
}

/* What is certain to keep the command from being routed. It's started all the same. */
static void warn(const char *name)
{
	struct uh_findings findings = {.faults_only = true};
	struct uh_identity identity;
	const char *path = uh_object_path();
	struct uh_elf object;

	if (!path || !uh_elf_read_path(path, &object))
		return;
	uh_identity_own(&identity);
	uh_program_findings(&findings, name, &object, &identity);
}

static int execute(char **argv)
{
	execvp(argv[0], argv);
	int error = errno;
	uh_error("%s: %s", argv[0], strerror(error));
	return error == ENOENT ? NOT_FOUND : CANNOT_EXECUTE;
}

int uh_command_run(const struct uh_command *command, int argc, char **argv)
{
	struct options options = {0};
	int key, status = RUN_FAILED;

	if (!uh_map_begin(&options.routes))
		return RUN_FAILED;
	while ((key = uh_option_next(command, argc, argv)) > 0)
		if (!take_option(command, key, &options))
			goto out;
	if (key < 0)
		status = uh_option_status(command, key);
	else if (optind == argc)
		uh_usage_error(command, "expected a COMMAND");
	else if (put_all(&options)) {
		if (!options.quiet)
			warn(argv[optind]);
		status = execute(argv + optind);
	}
out:
	free(options.file);
	free(options.routes);
	return status;
}
