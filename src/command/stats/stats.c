/* SPDX-License-Identifier: MIT */
/* stats.c: `unhairpin stats`, which shows how often each route was used. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/cli/options.h"
#include "command/cli/diag.h"
#include "base/clock.h"
#include "command/cli/replace_file.h"
#include "config_state.h"
#include "read_counters.h"

enum { TOLD = 0, CANNOT_TELL = 2, WATCH_SECONDS = 2 };

enum form { TABLE, JSON, PROMETHEUS };

struct options {
	bool watch, reset, noheadings;
	enum form form;
	unsigned forms;	    /* number of options that choose a form */
	const char *output; /* the file to replace, or NULL */
};

static void take_option(int key, struct options *options)
{
	switch (key) {
	case 'w':
		options->watch = true;
		return;
	case 'o':
		options->output = optarg;
		return;
	case UH_KEY_RESET:
		options->reset = true;
		return;
	case UH_KEY_NOHEADINGS:
		options->noheadings = true;
		return;
	case UH_KEY_JSON:
		options->form = JSON;
		break;
	case UH_KEY_PROMETHEUS:
		options->form = PROMETHEUS;
	}
	options->forms++;
}

static const char *get_directory(void)
{
	const char *directory = getenv(UH_STATS_VARIABLE);

	return directory && strcmp(directory, "off") != 0 ? directory : UH_STATS_DIRECTORY;
}

/* True if the preload object cannot have counted. */
static bool is_directory_missing(void)
{
	return access(get_directory(), F_OK) != 0 && errno == ENOENT;
}

/*
 * Without the directory there still are the kernel's counts, and Prometheus' metrics of the
 * configuration. Otherwise a missing directory is a failure.
 */
static bool read_all(struct uh_counter_totals *sums, enum form form, uint64_t *unplaced)
{
	size_t tables;

	*unplaced = 0;
	return uh_kernel_counters_read(sums, &tables) &&
	       (((tables > 0 || form == PROMETHEUS) && is_directory_missing()) ||
		uh_counter_totals_read(sums, get_directory(), unplaced));
}

static bool reset_all(void)
{
	size_t tables;

	uh_kernel_counters_reset(&tables);
	return (tables > 0 && is_directory_missing()) ||
	       uh_counter_totals_reset(get_directory());
}

static bool print_prometheus(FILE *out, struct uh_counter_total *const *sum, size_t count,
			     uint64_t unplaced)
{
	struct uh_config_state state;

	if (!uh_config_state_read(&state))
		return false;
	uh_counter_totals_prometheus(out, sum, count, unplaced);
	uh_config_state_prometheus(out, &state);
	return true;
}

static bool print(FILE *out, struct uh_counter_totals *sums, const struct options *options,
		  double seconds, uint64_t unplaced)
{
	size_t count;
	struct uh_counter_total *const *sum = uh_counter_totals_finish(sums, &count);
	bool good = sum;

	if (good && options->form == JSON)
		return uh_counter_totals_json(out, sum, count);
	if (good && options->form == PROMETHEUS)
		return print_prometheus(out, sum, count, unplaced);
	if (good)
		good = uh_counter_totals_table(out, sum, count, seconds, unplaced,
					       !options->noheadings);
	if (!good)
		uh_error("%s", strerror(ENOMEM));
	return good;
}

/* Prints once, to standard output or to the file. */
static bool print_once(struct uh_counter_totals *sums, const struct options *options)
{
	struct uh_replacement file;
	uint64_t unplaced;

	if (!read_all(sums, options->form, &unplaced))
		return false;
	if (!options->output)
		return print(stdout, sums, options, 0, unplaced);
	return uh_replacement_begin(&file, options->output) &&
	       uh_replacement_end(&file, print(file.stream, sums, options, 0, unplaced));
}

/* Prints until a signal ends the process or the output fails. */
static bool watch(struct uh_counter_totals *sums, const struct options *options)
{
	bool terminal = isatty(STDOUT_FILENO), good = true;
	double before = 0, time;
	uint64_t unplaced;

	while (good) {
		time = (double)uh_clock_ns(CLOCK_MONOTONIC) / 1e9;
		uh_counter_totals_begin(sums);
		good = read_all(sums, options->form, &unplaced);
		if (good && terminal && options->form == TABLE)
			fputs("\033[H\033[2J", stdout);
		good = good &&
		       print(stdout, sums, options, before > 0 ? time - before : 0, unplaced) &&
		       fflush(stdout) == 0;
		before = time;
		if (good)
			sleep(WATCH_SECONDS);
	}
	return false;
}

static bool show(const struct options *options)
{
	struct uh_counter_totals *sums = uh_counter_totals_new();
	bool good = sums;

	if (!good)
		uh_error("%s", strerror(errno));
	else if (options->watch)
		good = watch(sums, options);
	else
		good = print_once(sums, options);
	uh_counter_totals_free(sums);
	return good;
}

int uh_command_stats(const struct uh_command *command, int argc, char **argv)
{
	struct options options = {0};
	bool good;
	int key;

	while ((key = uh_option_next(command, argc, argv)) > 0)
		take_option(key, &options);
	if (key < 0)
		return uh_option_status(command, key);
	if (optind < argc)
		return uh_usage_error(command, "unexpected '%s'", argv[optind]);
	if (options.forms > 1 || (options.reset && (options.forms || options.watch)))
		return uh_usage_error(command, "--json, --prometheus and --reset cannot be "
					       "combined, nor --reset with --watch");
	if (options.output && (options.reset || options.watch))
		return uh_usage_error(command,
				      "--output cannot be combined with --reset or --watch");
	uh_output_begin();
	good = options.reset ? reset_all() : show(&options);
	return uh_output_end(good ? TOLD : CANNOT_TELL, CANNOT_TELL);
}
