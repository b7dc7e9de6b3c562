/* SPDX-License-Identifier: MIT */
/*
 * hand_over.c: compiles the routes of a command before it is started.
 *
 * The files lie in $XDG_RUNTIME_DIR/unhairpin, else, for root, in /run/unhairpin-compiled. Not
 * in /run/unhairpin, where connections are counted: anybody may fill that, and take a name in
 * it before root does. A name is made from what the routes are made from, so that the next run
 * finds the file.
 */
#include "hand_over.h"

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
#include "command/cli/command.h"
#include "command/inspect/trust.h"

#define VARIABLE "UNHAIRPIN_COMPILED"
#define ROOTS_DIRECTORY "/run/unhairpin-compiled"
#define PREFIX "routes-"
enum { DIGITS = 16, A_DAY = 24 * 60 * 60 };

/* Finds out which routes the object will ask for (preload/load_routes.c). False if it asks for
 * none.
 */
static bool ask_for(struct uh_table_request *source, struct uh_origin *origin)
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

static bool has_fresh_cache(const struct uh_origin *origin)
{
	char path[PATH_MAX];

	return !origin->inline_routes && uh_cache_path(origin->file, path, sizeof(path)) &&
	       is_fresh(path, origin);
}

static bool is_own_directory(const struct stat *status)
{
	return S_ISDIR(status->st_mode) && status->st_uid == geteuid() &&
	       !(status->st_mode & UH_STAMP_OPEN);
}

/* The mode holds for a new one, whatever the umask is. */
static bool make_directory(const char *path, mode_t mode)
{
	struct stat status;

	if (mkdir(path, mode) == 0 && chmod(path, mode) != 0)
		return false;
	return lstat(path, &status) == 0 && is_own_directory(&status);
}

/* sudo(8) may have left root another user's XDG_RUNTIME_DIR. */
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

/* FNV-1a, the NUL included, which keeps two texts apart. */
static uint64_t add_text(uint64_t sum, const char *text)
{
	do
		sum = (sum ^ (unsigned char)*text) * 0x100000001b3u;
	while (*text++);
	return sum;
}

/* Two origins with the same sum would only take the file from each other. */
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

/* A file of ours, or one that a run left half-written: ".XXXXXX" behind the name. */
static bool is_our_name(const char *name)
{
	size_t length = sizeof(PREFIX) - 1;

	return strncmp(name, PREFIX, length) == 0 &&
	       strspn(name + length, "0123456789abcdef") == DIGITS &&
	       (!name[length + DIGITS] || (name[length + DIGITS] == '.' &&
					   strlen(name + length + DIGITS) == sizeof("XXXXXX")));
}

/* Those that no run has handed over for a day. Programs that have mapped one keep it. */
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

/* Faults are the object's to log, and a full disk is no reason to say anything. */
static void be_quiet(void)
{
	const struct rlimit none = {0, 0};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setrlimit(RLIMIT_CORE, &none);
	signal(SIGXFSZ, SIG_IGN); /* RLIMIT_FSIZE is then EFBIG */
	if (null < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
		_exit(EXIT_FAILURE);
}

/* In a child process: whatever ends that, a limit or libconfuse, does not end this one. */
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

/* A file that is there already is marked as used today. */
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

void uh_hand_over(void)
{
	struct uh_table_request source;
	struct uh_origin origin;
	char path[PATH_MAX];

	unsetenv(VARIABLE);
	if (ask_for(&source, &origin) && !has_fresh_cache(&origin) &&
	    find_path(&origin, path, sizeof(path)) && have_compiled(&source, &origin, path))
		setenv(VARIABLE, path, 1);
}
