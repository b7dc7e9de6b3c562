/* SPDX-License-Identifier: MIT */
/* global.c: `unhairpin global`, which adds the object to /etc/ld.so.preload and removes it. */
#include "global.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load/cache.h"
#include "command/cli/options.h"
#include "command/cli/diag.h"
#include "command/cli/install_paths.h"
#include "command/cli/load_table.h"
#include "command/cli/compile_source.h"
#include "load/find_compiler.h"
#include "command/inspect/preload_list.h"
#include "command/inspect/readable.h"
#include "command/inspect/trust.h"

enum { DONE = 0, FAILED = 1, WRONG_USE = 2 };

/* The loader of 32-bit x86 programs, if it is installed. */
#define LOADER_32 "/lib/ld-linux.so.2"

/* A status beside those of enum uh_compiling. */
#define UNREADABLE 3

#define COMPILING_UNIT "unhairpin-compile.path"

struct options {
	char root[PATH_MAX];
	bool json, noheadings;
};

/* Stores the object's path as programs in root will see it. */
static bool find_object(struct uh_global *global)
{
	const char *path = uh_installed_object_path();
	size_t length = strlen(global->root);

	if (!path)
		return false;
	if (strncmp(path, global->root, length) == 0 && path[length] == '/')
		path += length;
	if (strpbrk(path, " \t\n:#")) {
		uh_error(
		    "%s: /etc/ld.so.preload cannot contain a path with a blank, a colon or a "
		    "'#'; install the object elsewhere",
		    path);
		return false;
	}
	snprintf(global->object, sizeof(global->object), "%s", path);
	return true;
}

static bool check_trust(const struct uh_global *global, const char *path, bool optional)
{
	char resolved[PATH_MAX], why[UH_TRUST_WHY];

	if (uh_trusted(global->root, path, resolved, why) || (optional && errno == ENOENT))
		return true;
	uh_error("%s", why);
	return false;
}

/* Programs start the first compiler that exists (find_compiler.h). */
static bool check_compiler(const struct uh_global *global)
{
	char path[PATH_MAX], full[2 * PATH_MAX];

	for (unsigned i = 0; uh_compiler_path(global->object, i, path, sizeof(path)); i++) {
		snprintf(full, sizeof(full), "%s%s", global->root, path);
		if (access(full, F_OK) == 0)
			return check_trust(global, path, false);
	}
	uh_error("%s%s: %s; expected the compiler of routes there or beside the object",
		 global->root, path, strerror(ENOENT));
	return false;
}

/* Checks the machine type here, because ld.so only says that the object cannot be found. */
static bool check_machine(const struct uh_global *global)
{
	char path[2 * PATH_MAX], name[24], own_name[24];
	struct uh_elf own, object;

	snprintf(path, sizeof(path), "%s%s", global->root, global->object);
	if (!uh_elf_read_path(path, &object)) {
		uh_error("%s: %s; expected the preload object of unhairpin", path,
			 strerror(errno));
		return false;
	}
	if (!uh_elf_read_path("/proc/self/exe", &own) ||
	    (own.bits == object.bits && own.machine == object.machine))
		return true;
	uh_error("%s: is for %s, %u bits; expected %s, %u bits", path,
		 uh_elf_machine(&object, name), object.bits, uh_elf_machine(&own, own_name),
		 own.bits);
	return false;
}

static void tell_unreadable(const char *path, const char *text)
{
	uh_error("%s: %s", path, text);
}

/* True if all users can read the configuration and its cache: else only root is routed. */
static bool is_readable(const struct uh_table_request *source)
{
	struct uh_table_request again = *source;
	const struct uh_table *table;

	again.quiet = true;
	table = uh_table_load(&again);
	return table && uh_readable_by_all(source, table, tell_unreadable);
}

/* Compiles inside root, because the cache holds the names of the configuration's files. */
static enum uh_compiling compile_in(const char *root)
{
	const struct uh_table_request source = {.file = UH_DEFAULT_CONF, .check_owner = true};
	enum uh_compiling compiling;

	if ((*root && chroot(root) != 0) || chdir("/") != 0) {
		uh_error("%s: %s", root, strerror(errno));
		return UH_NOT_COMPILED;
	}
	if (access(UH_DEFAULT_CONF, F_OK) != 0)
		return UH_COMPILED;
	compiling = uh_table_compile_beside(&source);
	if (compiling == UH_COMPILED && !is_readable(&source))
		return (enum uh_compiling)UNREADABLE;
	return compiling;
}

/*
 * Compiles the configuration, so that programs have a cache from the start. A child process
 * does that, because it may enter another root directory.
 */
static bool compile_configuration(const struct uh_global *global)
{
	enum uh_compiling compiling;
	int status = UH_NOT_COMPILED << 8;
	pid_t child;

	fflush(stdout);
	signal(SIGCHLD, SIG_DFL); /* if it is ignored, waitpid(2) gets no status */
	child = fork();
	if (child == 0) {
		compiling = compile_in(global->root);
		fflush(stdout);
		_exit((int)compiling);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (status == 0)
		return true;
	uh_error("%s: not enabled: %s" UH_DEFAULT_CONF ": %s", global->file.path, global->root,
		 WIFEXITED(status) && WEXITSTATUS(status) == UH_FAULTY	  ? "has faults"
		 : WIFEXITED(status) && WEXITSTATUS(status) == UNREADABLE ? "cannot be read by "
									    "all users"
									  : "cannot be "
									    "compiled");
	return false;
}

/* Runs the canary programs with that text. Returns true if all went well. */
static bool prove(const struct uh_global *global, const char *text, size_t size)
{
	struct uh_verdict verdict;

	if (!uh_global_try(global, text, size, &verdict)) {
		uh_error("%s: not enabled: %s", global->file.path, verdict.fault);
		return false;
	}
	if (*verdict.skipped)
		uh_error("note: not tested: %s", verdict.skipped);
	return true;
}

/*
 * Looks for the symbolic link that `systemctl enable` makes for the unit that compiles changes.
 */
static bool compiles_changes(const struct uh_global *global)
{
	static const char *const units[] = {"/etc/systemd/system", "/run/systemd/system",
					    "/usr/lib/systemd/system", "/lib/systemd/system"};
	char path[PATH_MAX + 128];
	struct stat status;

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		snprintf(path, sizeof(path), "%s%s/multi-user.target.wants/" COMPILING_UNIT,
			 global->root, units[i]);
		if (lstat(path, &status) == 0)
			return true;
	}
	return false;
}

static void tell_enabled(const struct uh_global *global)
{
	char path[PATH_MAX + sizeof(LOADER_32)];

	printf("%s: %s is enabled; programs started from now on load it\n", global->file.path,
	       global->object);
	printf("%s" UH_DEFAULT_CONF ": %s\n", global->root,
	       compiles_changes(global)
		   ? "changes are compiled by " COMPILING_UNIT
		   : "after each change run 'unhairpin compile', or once 'systemctl "
		     "enable --now " COMPILING_UNIT "'");
	snprintf(path, sizeof(path), "%s" LOADER_32, global->root);
	if (sizeof(void *) > 4 && access(path, F_OK) == 0)
		uh_error("note: 32-bit programs are installed, and each of them will report on "
			 "standard error that it cannot load the object");
}

static bool enable(const struct uh_global *global)
{
	const struct uh_preload_file *file = &global->file;
	size_t size = file->size;
	char *text = uh_preload_list_add(file->text, &size, global->object);

	if (!text) {
		uh_error("%s", strerror(errno));
		return false;
	}
	/* A user who can write to one of these files would control every program. */
	bool good = check_trust(global, global->object, false) && check_compiler(global) &&
		    check_trust(global, UH_DEFAULT_CONF, true) && check_machine(global) &&
		    compile_configuration(global) && prove(global, text, size);
	if (good && (size != file->size || memcmp(text, file->text, size) != 0))
		good = uh_preload_file_write(file, text, size);
	if (good)
		tell_enabled(global);
	free(text);
	return good;
}

static bool disable(const struct uh_global *global)
{
	const struct uh_preload_file *file = &global->file;
	size_t size = file->size;
	struct uh_preload_word word;

	if (!uh_preload_list_find(file->text, file->size, &word)) {
		printf("%s: not enabled\n", file->path);
		return true;
	}
	char *text = uh_preload_list_remove(file->text, &size);
	if (!text)
		uh_error("%s", strerror(errno));
	bool good = text && uh_preload_file_write(file, text, size);
	if (good)
		printf("%s: disabled; running programs keep the object until they end\n",
		       file->path);
	free(text);
	return good;
}

/* Performs the action: enable, disable or status. */
static int act(const struct uh_command *command, const char *action,
	       const struct options *options)
{
	struct uh_global global = {.root = options->root};
	static const char *const names[] = {"enable", "disable", "status", NULL};
	int choice = uh_option_choice(command, "", action, names), status;
	bool is_enable = choice == 0, is_status = choice == 2;

	if (choice < 0)
		return WRONG_USE;
	if (is_enable && !find_object(&global))
		return FAILED;
	if (!uh_preload_file_open(&global.file, global.root, is_status))
		return is_status ? WRONG_USE : FAILED;
	uh_output_begin();
	if (is_status)
		status = uh_global_status(&global, options->json, !options->noheadings);
	else
		status = (is_enable ? enable(&global) : disable(&global)) ? DONE : FAILED;
	uh_preload_file_close(&global.file);
	return uh_output_end(status, is_status ? WRONG_USE : FAILED);
}

static bool take_option(int key, struct options *options)
{
	if (key == UH_KEY_JSON)
		return options->json = true;
	if (key == UH_KEY_NOHEADINGS)
		return options->noheadings = true;
	if (!realpath(optarg, options->root)) {
		uh_error("--root %s: %s; expected a directory", optarg, strerror(errno));
		return false;
	}
	if (strcmp(options->root, "/") == 0)
		options->root[0] = '\0';
	return true;
}

/* Options are accepted before and after the action. */
int uh_command_global(const struct uh_command *command, int argc, char **argv)
{
	struct options options = {.json = false};
	const char *action = NULL;
	int key;

	for (;;) {
		while ((key = uh_option_next(command, argc, argv)) > 0)
			if (!take_option(key, &options))
				return WRONG_USE;
		if (key < 0)
			return uh_option_status(command, key);
		if (optind == argc)
			break;
		if (action)
			return uh_usage_error(command, "unexpected '%s'", argv[optind]);
		action = argv[optind++];
	}
	if (!action)
		return uh_usage_error(command, "expected enable, disable or status");
	return act(command, action, &options);
}
