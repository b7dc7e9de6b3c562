/* SPDX-License-Identifier: MIT */
/*
 * compile_ahead.c: compiles the routes of a command before it is started.
 *
 * The compiled files are in $XDG_RUNTIME_DIR/unhairpin or, for root, in
 * /run/unhairpin-compiled. They are not in /run/unhairpin (counter files): every user can write
 * there and take a name before root does. The name of a file is a hash of what its routes are
 * made from, so that the next run finds it.
 */
#include "compile_ahead.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "load/cache.h"
#include "command/cli/load_table.h"
#include "command/cli/compile_source.h"
#include "command/inspect/trust.h"

#define VARIABLE "UNHAIRPIN_COMPILED"
#define ROOTS_DIRECTORY "/run/unhairpin-compiled"
#define PREFIX "routes-"
enum { DIGITS = 16, A_DAY = 24 * 60 * 60 };

/*
 * Finds the sources of the routes that the preload object will load (preload/load_routes.c).
 * Returns false if it will load none.
 */
static bool find_sources(struct uh_table_request *source, struct uh_origin *origin)
{
	const char *off = getenv("UNHAIRPIN"), *file = getenv("UNHAIRPIN_CONF"),
		   *routes = getenv("UNHAIRPIN_ROUTES");

	*source = (struct uh_table_request){
	    .file = file ? file : UH_DEFAULT_CONF,
	    .routes = routes && *routes ? routes : NULL,
	    .optional = !file,
	    .check_owner = true,
	};
	uh_table_request_origin(source, origin);
	if ((off && strcmp(off, "off") == 0) || *source->file != '/')
		return false;
	return origin->inline_routes || (origin->file && access(origin->file, F_OK) == 0);
}

static bool is_fresh(const char *path, const struct uh_origin *origin)
{
	struct uh_cache mapped;
	bool fresh = uh_cache_map(path, origin, &mapped) == UH_CACHE_FRESH;

	uh_cache_unmap(&mapped);
	return fresh;
}

static bool is_own_directory(const struct stat *status)
{
	return S_ISDIR(status->st_mode) && status->st_uid == geteuid() &&
	       !(status->st_mode & UH_STAMP_OPEN);
}

/*
 * Makes a directory, or accepts one that exists and that only this user can write. A new one
 * gets the mode whatever the umask is.
 */
static bool make_directory(const char *path, mode_t mode)
{
	struct stat status;

	if (mkdir(path, mode) == 0 && chmod(path, mode) != 0)
		return false;
	return lstat(path, &status) == 0 && is_own_directory(&status);
}

/*
 * Chooses the directory for compiled files. XDG_RUNTIME_DIR counts only if this user owns it:
 * sudo(8) may have kept another user's.
 */
static bool find_directory(char *path, size_t size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char resolved[PATH_MAX], why[UH_TRUST_WHY];
	struct stat status;

	if (runtime && *runtime == '/' && stat(runtime, &status) == 0 &&
	    is_own_directory(&status) &&
	    snprintf(path, size, "%s/unhairpin", runtime) < (int)size &&
	    make_directory(path, 0700))
		return true;
	snprintf(path, size, "%s", ROOTS_DIRECTORY);
	return geteuid() == 0 && make_directory(path, 0755) &&
	       uh_trusted("", path, resolved, why);
}

/* Adds a text to an FNV-1a hash, with its NUL, which separates it from the next text. */
static uint64_t add_text(uint64_t sum, const char *text)
{
	do
		sum = (sum ^ (unsigned char)*text) * 0x100000001b3u;
	while (*text++);
	return sum;
}

/*
 * Writes the path of the compiled file. Two origins with the same hash would only replace each
 * other's file.
 */
static bool find_path(const struct uh_origin *origin, char *path, size_t size)
{
	uint64_t sum = add_text(0xcbf29ce484222325u, origin->file ? origin->file : "");
	size_t length;

	if (!find_directory(path, size))
		return false;
	sum = add_text(sum, origin->inline_routes ? origin->inline_routes : "");
	length = strlen(path);
	return snprintf(path + length, size - length, "/" PREFIX "%0*" PRIx64, DIGITS, sum) <
	       (int)(size - length);
}

/*
 * Returns true for the name of a compiled file, or of one that was left half-written (".XXXXXX"
 * after the name).
 */
static bool is_our_name(const char *name)
{
	size_t length = sizeof(PREFIX) - 1;

	return strncmp(name, PREFIX, length) == 0 &&
	       strspn(name + length, "0123456789abcdef") == DIGITS &&
	       (!name[length + DIGITS] || (name[length + DIGITS] == '.' &&
					   strlen(name + length + DIGITS) == sizeof("XXXXXX")));
}

/*
 * Removes the compiled files that no run has used for a day. Programs that have mapped one keep
 * it.
 */
static void remove_old(const char *path)
{
	char directory[PATH_MAX];
	const struct dirent *entry;
	struct stat status;
	DIR *list;

	snprintf(directory, sizeof(directory), "%.*s", (int)(strrchr(path, '/') - path), path);
	list = opendir(directory);
	while (list && (entry = readdir(list)))
		if (is_our_name(entry->d_name) &&
		    fstatat(dirfd(list), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		    time(NULL) - status.st_mtime > A_DAY)
			unlinkat(dirfd(list), entry->d_name, 0);
	if (list)
		closedir(list);
}

/*
 * Silences the compiling child: the preload object logs faults itself, and a full disk must not
 * show.
 */
static void be_quiet(void)
{
	const struct rlimit none = {0, 0};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setrlimit(RLIMIT_CORE, &none);
	signal(SIGXFSZ, SIG_IGN); /* write(2) then fails with EFBIG at RLIMIT_FSIZE */
	if (null < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
		_exit(EXIT_FAILURE);
}

/*
 * Compiles in a child process, so that a resource limit or a fault of libconfuse ends the child
 * only.
 */
static void compile(const struct uh_table_request *source, const char *path)
{
	pid_t child = fork();

	if (child == 0) {
		be_quiet();
		if (uh_table_compile(source, path))
			remove_old(path);
		_exit(EXIT_SUCCESS);
	}
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Makes sure that a fresh compiled file exists. An existing one is marked as used today. */
static bool have_compiled(const struct uh_table_request *source, const struct uh_origin *origin,
			  const char *path)
{
	if (is_fresh(path, origin)) {
		utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW);
		return true;
	}
	compile(source, path);
	return is_fresh(path, origin);
}

void uh_compile_ahead(void)
{
	struct uh_table_request source;
	struct uh_origin origin;
	char path[PATH_MAX];

	unsetenv(VARIABLE);
	if (!find_sources(&source, &origin))
		return;
	if (!origin.inline_routes && uh_cache_path(origin.file, path, sizeof(path)) &&
	    is_fresh(path, &origin))
		return; /* the program finds that one itself */
	if (find_path(&origin, path, sizeof(path)) && have_compiled(&source, &origin, path))
		setenv(VARIABLE, path, 1);
}
