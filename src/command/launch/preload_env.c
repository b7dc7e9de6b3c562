/* SPDX-License-Identifier: MIT */
/* preload_env.c: the environment of programs that start with the preload object. */
#include "preload_env.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/doctor/kernel_cover.h"
#include "command/doctor/program.h"
#include "compile_ahead.h"
#include "base/log_level.h"
#include "command/cli/options.h"
#include "command/cli/diag.h"
#include "command/cli/install_paths.h"
#include "command/cli/map_option.h"
#include "command/cli/load_table.h"
#include "command/cli/off_file.h"
#include "load/cache.h"

/* Separators of LD_PRELOAD; there is no escape: ld.so(8). */
#define SEPARATORS " :"

bool uh_preload_env_put(const char *name, const char *value)
{
	if (setenv(name, value, 1) == 0)
		return true;
	uh_error("%s: %s", name, strerror(errno));
	return false;
}

/* Checks -l: LEVEL or LEVEL:PLACE, as in UNHAIRPIN_LOG. */
static bool set_log(const struct uh_command *command, struct uh_preload_env *launch)
{
	size_t length = strcspn(optarg, ":");
	const char *place = optarg[length] ? optarg + length + 1 : "stderr";
	char level[16];

	launch->log = optarg;
	snprintf(level, sizeof(level), "%.*s", (int)length, optarg);
	if (length >= sizeof(level) || uh_log_level_parse(level) < 0)
		uh_usage_error(command, "-l %s: expected off, error, warning, info or debug",
			       optarg);
	else if (*place != '/' && strcmp(place, "journal") != 0 && strcmp(place, "stderr") != 0)
		uh_usage_error(command,
			       "-l %s: expected journal, stderr or /path after the colon",
			       optarg);
	else
		return true;
	return false;
}

/*
 * Checks that a configuration can be read. The program reads it later, maybe from another
 * directory, and reports nothing.
 */
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

bool uh_preload_env_option(const struct uh_command *command, int key,
			   struct uh_preload_env *launch)
{
	switch (key) {
	case 'c':
		if (!is_readable(optarg))
			return false;
		free(launch->file);
		launch->file = uh_absolute_path(optarg);
		return launch->file;
	case 'm':
		return uh_map_option_add(&launch->routes, optarg, true);
	case 'q':
		launch->quiet = true;
		return true;
	default:
		return set_log(command, launch);
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

/*
 * Puts the object first in LD_PRELOAD, so that its connect() is the one that programs and other
 * objects call.
 */
static bool put_preload(void)
{
	const char *path = uh_installed_object_path(), *list = getenv("LD_PRELOAD");
	char *value;

	if (!path)
		return false;
	if (strpbrk(path, SEPARATORS)) {
		uh_error(
		    "%s: LD_PRELOAD cannot contain a path with a blank or a colon; install "
		    "the object elsewhere",
		    path);
		return false;
	}
	if (!list || !*list)
		return uh_preload_env_put("LD_PRELOAD", path);
	if (is_listed(list, path))
		return true;
	if (asprintf(&value, "%s:%s", path, list) < 0) {
		uh_error("LD_PRELOAD: %s", strerror(errno));
		return false;
	}
	bool good = uh_preload_env_put("LD_PRELOAD", value);
	free(value);
	return good;
}

bool uh_preload_env_put_all(const struct uh_preload_env *launch)
{
	if ((launch->file && !uh_preload_env_put("UNHAIRPIN_CONF", launch->file)) ||
	    (launch->routes && !uh_preload_env_put("UNHAIRPIN_ROUTES", launch->routes)) ||
	    (launch->log && !uh_preload_env_put("UNHAIRPIN_LOG", launch->log)) ||
	    !put_preload())
		return false;
	uh_compile_ahead();
	return true;
}

/* The environment is complete: it has the configuration that the program will read. */
static void note_if_off(void)
{
	struct uh_table_request source = {.file = getenv("UNHAIRPIN_CONF")};

	if (!source.file)
		source.file = UH_DEFAULT_CONF;
	if (*source.file == '/')
		uh_note_if_off(&source);
}

void uh_preload_env_warn(const struct uh_preload_env *launch, const char *name)
{
	struct uh_kernel_cover kernel;
	struct uh_doctor_report report = {.faults_only = true, .kernel = &kernel};
	struct uh_credentials identity;
	const char *path = uh_installed_object_path();
	struct uh_elf object;

	if (launch->quiet)
		return;
	note_if_off();
	if (!path || !uh_elf_read_path(path, &object))
		return;
	uh_credentials_own(&identity);
	uh_kernel_cover_of_process(&kernel, 0, NULL);
	uh_doctor_program(&report, name, &object, &identity);
}

bool uh_preload_env_begin(struct uh_preload_env *launch)
{
	*launch = (struct uh_preload_env){0};
	return uh_map_option_begin(&launch->routes);
}

void uh_preload_env_end(struct uh_preload_env *launch)
{
	free(launch->file);
	free(launch->routes);
}

int uh_preload_env_failed(char *const argv[])
{
	int error = errno;

	uh_error("%s: %s", argv[0], strerror(error));
	return error == ENOENT ? UH_NOT_FOUND : UH_CANNOT_EXECUTE;
}
