/* SPDX-License-Identifier: MIT */
/*
 * probe.c: `unhairpin probe`, which connects to the targets of routes and shows which answer.
 */
#include <getopt.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/options.h"
#include "command/cli/diag.h"
#include "command/cli/map_option.h"
#include "command/cli/load_table.h"
#include "base/errno_name.h"
#include "command/cli/json.h"
#include "probe_targets.h"

enum { ALL_ANSWER = 0, SOME_DEAD = 1, FAILED = 2 };
enum { DEFAULT_TIMEOUT = 1000, MAX_TIMEOUT = 3600000 };

struct options {
	struct uh_table_request source;
	char *file, *routes; /* owned */
	unsigned timeout_ms;
	bool originals, json;
};

/* The settings that all lines of the output share. */
struct layout {
	const struct uh_table *table;
	bool json;
	int route, target; /* widths of these columns */
};

static bool set_timeout(const struct uh_command *command, struct options *options)
{
	char *end;
	unsigned long number = strtoul(optarg, &end, 10);

	options->timeout_ms = (unsigned)number;
	if (optarg[0] >= '0' && optarg[0] <= '9' && !*end && number > 0 &&
	    number <= MAX_TIMEOUT)
		return true;
	uh_usage_error(command, "--timeout %s: expected milliseconds, 1 to %d", optarg,
		       MAX_TIMEOUT);
	return false;
}

static bool take_option(const struct uh_command *command, int key, struct options *options)
{
	switch (key) {
	case 'c':
		return uh_table_request_file(&options->source, &options->file, optarg);
	case 'm':
		return uh_map_option_add(&options->routes, optarg, false);
	case UH_KEY_ORIGINAL:
		return options->originals = true;
	case UH_KEY_JSON:
		return options->json = true;
	case UH_KEY_NOHEADINGS:
		return true; /* there are no headings */
	default:
		return set_timeout(command, options);
	}
}

static const char *text_of(const struct layout *layout, const struct uh_probe_target *attempt)
{
	return uh_table_text(layout->table, attempt->route->text);
}

static void measure(struct layout *layout, const struct uh_probe_targets *attempts)
{
	for (size_t i = 0; i < attempts->count; i++) {
		int route = (int)strlen(text_of(layout, &attempts->attempt[i]));
		int target = (int)strlen(attempts->attempt[i].text);

		layout->route = route > layout->route ? route : layout->route;
		layout->target = target > layout->target ? target : layout->target;
	}
}

/* Prints the listener's user, by number if it has no name. */
static void show_peer(const struct uh_timed_connect *dial)
{
	const struct passwd *user = getpwuid(dial->user);

	if (user)
		printf("  %s, pid %d", user->pw_name, (int)dial->process);
	else
		printf("  user %u, pid %d", (unsigned)dial->user, (int)dial->process);
}

static bool show(const struct layout *layout, const struct uh_probe_target *attempt,
		 const struct uh_timed_connect *dial)
{
	printf("%-*s  %-*s  ", layout->route, text_of(layout, attempt), layout->target,
	       attempt->text);
	if (attempt->skipped) {
		printf("%s\n", attempt->skipped);
		return true;
	}
	printf("%-26s %6.0f us", uh_timed_connect_text(dial), dial->microseconds);
	if (dial->has_peer)
		show_peer(dial);
	if (attempt->original)
		printf("  the original");
	if (attempt->note)
		printf("  %s", attempt->note);
	printf("\n");
	return true;
}

static bool show_json(const struct layout *layout, const struct uh_probe_target *attempt,
		      const struct uh_timed_connect *dial)
{
	const struct uh_table_route *route = attempt->route;
	const char *result = dial->wrong_peer ? "stranger"
			     : dial->error    ? uh_error_name(dial->error)
					      : "ok";
	bool tried = !attempt->skipped;
	char place[PATH_MAX + 16];

	snprintf(place, sizeof(place), route->line ? "%s:%u" : "%s",
		 uh_table_text(layout->table, route->file), (unsigned)route->line);
	return uh_json_print(
	    stdout,
	    json_pack("{s:o, s:o, s:o, s:s*, s:s*, s:o*, s:o*, s:o*}", "route",
		      uh_json_string(text_of(layout, attempt)), "place", uh_json_string(place),
		      attempt->original ? "original" : "target", uh_json_string(attempt->text),
		      "skipped", attempt->skipped, "result", tried ? result : NULL,
		      "microseconds", tried ? uh_json_decimal(dial->microseconds) : NULL,
		      "user", dial->has_peer ? json_integer(dial->user) : NULL, "pid",
		      dial->has_peer ? json_integer(dial->process) : NULL));
}

/* connect() skips a Unix socket whose listener is not one of the route's peer_user. */
static bool is_stranger(const struct layout *layout, const struct uh_probe_target *attempt,
			const struct uh_timed_connect *dial)
{
	const struct uh_user *peer = uh_table_peers(layout->table, attempt->route);

	for (uint32_t i = 0; i < attempt->route->peer_count; i++)
		if (peer[i].id == dial->user)
			return false;
	return dial->has_peer && attempt->route->peer_count > 0;
}

/*
 * Connects to each target and prints its line before the next attempt, which may take long. A
 * failed original does not change the exit status.
 */
static int try_all(struct layout *layout, const struct uh_probe_targets *attempts,
		   unsigned timeout_ms)
{
	int status = ALL_ANSWER;

	measure(layout, attempts);
	for (size_t i = 0; i < attempts->count; i++) {
		const struct uh_probe_target *attempt = &attempts->attempt[i];
		struct uh_timed_connect dial = {0};

		if (!attempt->skipped)
			dial = uh_timed_connect(&attempt->target, timeout_ms);
		dial.wrong_peer = is_stranger(layout, attempt, &dial);
		if ((dial.error || dial.wrong_peer) && !attempt->original)
			status = SOME_DEAD;
		if (!(layout->json ? show_json : show)(layout, attempt, &dial))
			return FAILED;
		fflush(stdout);
	}
	return status;
}

/* Reads all arguments before any connection: a wrong one means that nothing is tried. */
static bool choose(struct uh_probe_targets *attempts, const struct uh_table *table,
		   const struct options *options, char **text)
{
	bool good = true;

	if (!*text)
		return uh_probe_targets_add_all(attempts, table, options->originals);
	for (; *text; text++)
		good = uh_probe_targets_add_for(attempts, table, options->originals, *text) &&
		       good;
	return good;
}

static int probe(struct options *options, char **text)
{
	struct layout layout = {.json = options->json};
	struct uh_probe_targets attempts = {0};
	int status = FAILED;

	if (!uh_timed_connect_begin() ||
	    (!options->file && !uh_table_request_default(&options->source)))
		return FAILED;
	options->source.routes = options->routes;
	options->source.check_owner = true; /* a program would check the owner, too */
	layout.table = uh_table_load(&options->source);
	if (layout.table && choose(&attempts, layout.table, options, text))
		status = try_all(&layout, &attempts, options->timeout_ms);
	free(attempts.attempt);
	return status;
}

int uh_command_probe(const struct uh_command *command, int argc, char **argv)
{
	struct options options = {.timeout_ms = DEFAULT_TIMEOUT};
	int key, status = FAILED;

	if (!uh_map_option_begin(&options.routes))
		return FAILED;
	while ((key = uh_option_next(command, argc, argv)) > 0)
		if (!take_option(command, key, &options))
			goto out;
	if (key < 0) {
		status = uh_option_status(command, key);
	} else {
		uh_output_begin();
		status = uh_output_end(probe(&options, argv + optind), FAILED);
	}
out:
	free(options.file);
	free(options.routes);
	return status;
}
