/* SPDX-License-Identifier: MIT */
/* program.c: reports whether a program can load the preload object. */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "command/inspect/preload_list.h"
#include "kernel_cover.h"

#define CAPABILITY "security.capability"

/* The kernel's limits: exec_binprm() in linux/fs/exec.c, and BINPRM_BUF_SIZE. */
enum { MOST_SCRIPTS = 5, FIRST_LINE = 256 };

bool uh_is_global(void)
{
	char text[65536];
	struct uh_preload_word word;
	FILE *file = fopen("/etc/ld.so.preload", "re");
	size_t size = file ? fread(text, 1, sizeof(text), file) : 0;

	if (file)
		fclose(file);
	return uh_preload_list_find(text, size, &word);
}

void uh_doctor_elf(struct uh_doctor_report *report, const char *name, const struct uh_elf *elf,
		   const struct uh_elf *object)
{
	char machine[24], other[24];

	switch (uh_elf_obstacle(elf, object)) {
	case UH_NO_OBSTACLE:
		uh_doctor_print(report, UH_OK, name,
				"dynamically linked with %s for %s, like the preload object",
				uh_libc_name(elf->libc), uh_elf_machine(elf, machine));
		break;
	case UH_IS_STATIC:
		uh_doctor_uncaught(
		    report, name, "is a %s, so it cannot load the preload object; %s",
		    elf->is_go ? "static Go program" : "statically linked program",
		    elf->is_go ? "set the local address in its own configuration"
			       : "use a dynamically linked build of it");
		break;
	case UH_IS_GO:
		uh_doctor_uncaught(
		    report, name,
		    "is a Go program, which makes system calls without libc, so it is not "
		    "routed; set the local address in its own configuration");
		break;
	case UH_OTHER_WIDTH:
		uh_doctor_uncaught(report, name,
				   "is a %u-bit program, but the preload object has %u bits; "
				   "build the object for %u bits too",
				   elf->bits, object->bits, elf->bits);
		break;
	case UH_OTHER_MACHINE:
		uh_doctor_uncaught(
		    report, name,
		    "is for %s, but the preload object is for %s; build the object "
		    "for the program's machine",
		    uh_elf_machine(elf, machine), uh_elf_machine(object, other));
		break;
	case UH_OTHER_LIBC:
		uh_doctor_uncaught(
		    report, name,
		    "is linked with %s, but the preload object is for %s; preload "
		    "an object that was built for the program's libc ('make musl')",
		    uh_libc_name(elf->libc), uh_libc_name(object->libc));
		break;
	}
}

/* Finds a program as execvp(3) does. */
static bool find_in_path(const char *name, char path[PATH_MAX])
{
	const char *list = getenv("PATH");

	if (strchr(name, '/'))
		return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX;
	if (!list)
		list = "/bin:/usr/bin";
	for (size_t length;; list += length + 1) {
		length = strcspn(list, ":");
		const char *slash = length ? "/" : "";
		if (snprintf(path, PATH_MAX, "%.*s%s%s", (int)length, list, slash, name) <
			PATH_MAX &&
		    access(path, X_OK) == 0)
			return true;
		if (!list[length])
			return false;
	}
}

/* Returns why the program runs with more rights than the user who starts it, or NULL. */
static const char *extra_rights(const char *path, int fd, const struct uh_credentials *by)
{
	struct statvfs system;
	struct stat status;

	if (fstat(fd, &status) != 0 ||
	    (fstatvfs(fd, &system) == 0 && system.f_flag & ST_NOSUID))
		return NULL;
	if (status.st_mode & S_ISUID && status.st_uid != by->user)
		return "is set-user-id";
	if (status.st_mode & S_ISGID && status.st_mode & S_IXGRP &&
	    status.st_gid != by->main_group)
		return "is set-group-id";
	if (by->user != 0 && getxattr(path, CAPABILITY, NULL, 0) > 0)
		return "has file capabilities";
	return NULL;
}

static void report_rights(struct uh_doctor_report *report, const char *path, int fd,
			  const struct uh_credentials *by)
{
	const char *rights = extra_rights(path, fd, by);

	if (!rights)
		return;
	if (uh_is_global())
		uh_doctor_print(report, UH_NOTE, path,
				"%s, so it ignores the UNHAIRPIN variables; put its routes "
				"into /etc/unhairpin.conf",
				rights);
	else
		uh_doctor_uncaught(
		    report, path, "%s, so it ignores LD_PRELOAD; run 'unhairpin global enable'",
		    rights);
}

/*
 * Reads the interpreter after "#!", and the first argument that can be a program's name (for
 * env(1)). Returns false if the file is not a script.
 */
static bool read_script(int fd, char interpreter[FIRST_LINE], char argument[FIRST_LINE])
{
	char line[FIRST_LINE], *rest, *word;
	ssize_t length = pread(fd, line, sizeof(line) - 1, 0);

	if (length < 2 || line[0] != '#' || line[1] != '!')
		return false;
	line[length] = '\0';
	line[strcspn(line, "\n")] = '\0';
	word = strtok_r(line + 2, " \t", &rest);
	if (!word)
		return false;
	strcpy(interpreter, word);
	*argument = '\0';
	while ((word = strtok_r(NULL, " \t", &rest)) && (*word == '-' || strchr(word, '=')))
		;
	if (word)
		strcpy(argument, word);
	return true;
}

bool uh_program_executable(const char *name, char executable[PATH_MAX])
{
	char path[PATH_MAX], interpreter[FIRST_LINE], argument[FIRST_LINE];

	if (!find_in_path(name, path))
		return false;
	for (int scripts = 0; scripts <= MOST_SCRIPTS; scripts++) {
		int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		bool is_script = fd >= 0 && read_script(fd, interpreter, argument);

		if (fd >= 0)
			close(fd);
		if (!is_script)
			return realpath(path, executable);
		if (!*argument || strchr(argument, '/') || !find_in_path(argument, path))
			strcpy(path, interpreter);
	}
	return false;
}

/*
 * One examination: the report, the object to load, the user who starts the program, and the
 * number of scripts followed so far.
 */
struct inspection {
	struct uh_doctor_report *report;
	const struct uh_elf *object;
	const struct uh_credentials *by;
	int scripts;
};

static void examine(struct inspection *inspection, const char *path);

static void examine_script(struct inspection *inspection, const char *path,
			   const char *interpreter, const char *argument)
{
	char program[PATH_MAX];

	if (++inspection->scripts > MOST_SCRIPTS)
		return;
	uh_doctor_print(inspection->report, UH_OK, path, "is a script, run by %s", interpreter);
	examine(inspection, interpreter);
	if (*argument && !strchr(argument, '/') && find_in_path(argument, program))
		examine(inspection, program);
}

static void examine(struct inspection *inspection, const char *path)
{
	char interpreter[FIRST_LINE], argument[FIRST_LINE];
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct uh_elf elf;

	if (fd < 0) {
		uh_doctor_print(inspection->report, UH_NOTE, path, "cannot be opened: %s",
				strerror(errno));
	} else if (uh_elf_read(fd, &elf)) {
		uh_doctor_elf(inspection->report, path, &elf, inspection->object);
		report_rights(inspection->report, path, fd, inspection->by);
	} else if (read_script(fd, interpreter, argument)) {
		examine_script(inspection, path, interpreter, argument);
	} else {
		uh_doctor_print(inspection->report, UH_NOTE, path,
				"is neither an ELF program nor a script with #!");
	}
	if (fd >= 0)
		close(fd);
}

void uh_doctor_program(struct uh_doctor_report *report, const char *name,
		       const struct uh_elf *object, const struct uh_credentials *by)
{
	struct inspection inspection = {report, object, by, 0};
	char path[PATH_MAX];

	if (find_in_path(name, path))
		examine(&inspection, path);
	else if (!report->faults_only)
		uh_doctor_print(report, UH_FAULT, name, "was not found in PATH; give its path");
}
