/* SPDX-License-Identifier: MIT */
/*
 * compiler.c: unhairpin-compiler, which turns a configuration into a table image.
 *
 * The preload object runs it (load/run_compiler.c) in a program that finds no compiled routes.
 * So libconfuse, uthash and an allocator are in the compiler's process and never in the
 * program. The compiler is linked statically if possible: a dynamic program takes longer to
 * start, and needs libconfuse in every container.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "load/cache.h"
#include "build/cache_file.h"
#include "compiler_protocol.h"
#include "table/freshness.h"
#include "config/parse_config.h"
#include "table/table.h"
#include "base/write_all.h"

struct options {
	struct uh_parse_request request;
	bool write_cache;
	int status; /* the descriptor that receives the time limit, or -1 */
};

/* The faults, to be written behind the image: see struct uh_compiler_fault. */
static FILE *said;

/* Collects a fault in memory, because the image is written first. */
static void say(void *context, const struct uh_fault *fault)
{
	const struct uh_compiler_fault head = {.line = fault->line, .warning = fault->warning};
	const char *file = fault->file ? fault->file : "";

	(void)context;
	fwrite(&head, sizeof(head), 1, said);
	fwrite(file, strlen(file) + 1, 1, said);
	fwrite(fault->text, strlen(fault->text) + 1, 1, said);
}

/* Sends the time limit as soon as the setting is read. */
static void tell_limit(void *context, uint32_t milliseconds)
{
	const struct options *options = context;

	if (options->status >= 0 &&
	    write(options->status, &milliseconds, sizeof(milliseconds)) < 0)
		return; /* then the default holds */
}

/* Parses the configuration. Returns the image, or NULL. */
static void *read_all(const struct options *options, size_t *size, bool *faulty)
{
	struct uh_parse_request request = options->request;

	*faulty = false;
	request.faulty = faulty;
	request.report.fault = say;
	request.limit = tell_limit;
	request.context = (void *)options;
	return uh_parse_config(&request, size);
}

/*
 * Writes the cache. If the new file changed a directory that the configuration includes files
 * from, the configuration is read and written once more.
 */
static void write_cache(const struct options *options, struct uh_cache_file *cache,
			const struct uh_table *table)
{
	bool faulty;
	size_t size;

	if (!uh_cache_file_write(cache, table) || uh_freshness(table) != UH_CHANGED)
		return;
	table = read_all(options, &size, &faulty);
	if (table && !faulty)
		uh_cache_file_write(cache, table);
}

/*
 * Writes the cache if the configuration asks for it. A failure is not reported: the program has
 * its routes. The program is waiting, so nothing here waits for a disk.
 */
static void leave_cache(const struct options *options, const struct uh_table *table)
{
	const struct uh_parse_request *request = &options->request;
	struct uh_cache_file cache;
	char path[PATH_MAX];

	if (!options->write_cache || !uh_table_settings(table)->write_cache || geteuid() != 0 ||
	    !request->file || (request->inline_routes && *request->inline_routes) ||
	    !uh_cache_path(request->file, path, sizeof(path)) ||
	    !uh_cache_file_begin(&cache, path, false))
		return;
	write_cache(options, &cache, table);
	uh_cache_file_end(&cache);
}

static int compile(const struct options *options)
{
	char *behind = NULL;
	size_t size, behind_size = 0;
	bool faulty;
	void *image;

	said = open_memstream(&behind, &behind_size);
	image = said ? read_all(options, &size, &faulty) : NULL;
	if (!image || fflush(said) != 0 || !uh_write_all(STDOUT_FILENO, image, size) ||
	    !uh_write_all(STDOUT_FILENO, behind, behind_size))
		return UH_COMPILER_FAILED;
	if (!faulty)
		leave_cache(options, image);
	return 0;
}

static int usage(void)
{
	fputs("usage: unhairpin-compiler [-cos] [-f FILE] [-r ROUTES] [-n NUMBER] >IMAGE\n"
	      "The preload object starts it; by hand: unhairpin compile.\n",
	      stderr);
	return UH_COMPILER_USE;
}

/* False for a wrong option. */
static bool take_option(int key, struct options *options)
{
	struct uh_parse_request *request = &options->request;

	switch (key) {
	case 'c':
		options->write_cache = true;
		return true;
	case 'f':
		request->file = optarg;
		return *optarg == '/';
	case 'n':
		options->status = (int)strtol(optarg, NULL, 10);
		return options->status > STDERR_FILENO;
	case 'o':
		request->optional = true;
		return true;
	case 'r':
		request->inline_routes = optarg;
		return true;
	case 's':
		request->secure = true;
		return true;
	default:
		return false;
	}
}

/*
 * Raises the limits that the program has set for itself, which are not meant for the compiler,
 * as far as this user may. (The number of descriptors is limited by fs.nr_open.)
 */
static void lift_limits(void)
{
	static const int lifted[] = {RLIMIT_AS, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_NOFILE,
				     RLIMIT_STACK};
	const struct rlimit none = {0, 0};

	for (size_t i = 0; i < sizeof(lifted) / sizeof(*lifted); i++) {
		struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

		if (setrlimit(lifted[i], &limit) == 0 || getrlimit(lifted[i], &limit) != 0)
			continue;
		limit.rlim_cur = limit.rlim_max;
		setrlimit(lifted[i], &limit);
	}
	/* A core file would be written to the program's directory. */
	setrlimit(RLIMIT_CORE, &none);
}

int main(int argc, char **argv)
{
	struct options options = {.request = {.check_owner = true}, .status = -1};
	int key;

	signal(SIGPIPE, SIG_IGN);
	while ((key = getopt(argc, argv, "cf:n:or:s")) != -1)
		if (!take_option(key, &options))
			return usage();
	if (optind < argc || isatty(STDOUT_FILENO))
		return usage();
	lift_limits();
	return compile(&options);
}
